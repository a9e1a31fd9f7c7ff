"""Which test shows that a routine of StaMPS does here what it does there."""

from __future__ import annotations

_PROOFS: dict[str, tuple[str, ...]] = {
    "cli/test_info.py::test_its_numbers_are_those_of_the_files": ("pystamps info",),
    "cli/test_log.py::test_the_logs_of_a_run_stand_in_the_order_of_its_stages": ("pystamps log",),
    "cli/test_pairs.py::test_the_list_is_written_as_stamps_does_and_never_over_another": (
        "pystamps pairs",
    ),
    "cli/test_params.py::test_effective_values_come_with_their_source": ("pystamps params",),
    "cli/test_run.py::test_a_parameter_that_is_set_holds_for_one_run": ("pystamps run --set",),
    "cli/test_run.py::test_status_tells_done_stale_missing_and_blocked_apart": ("pystamps status",),
    "corrections/test_linear_delays.py::test_without_a_plane_the_delays_are_those_of_train": (
        "pystamps.corrections.linear_delays",
    ),
    "corrections/test_power_law_delays.py::test_the_size_of_a_band_is_that_of_train": (
        "pystamps.corrections.power_law_delays",
    ),
    "corrections/test_power_law_soundings.py::test_height_and_exponent_are_those_of_train": (
        "pystamps.corrections.power_law_soundings",
    ),
    "export/test_readers.py::test_matlab_finds_what_ps_plot_leaves_behind": ("pystamps export",),
    "golden/test_chained.py::test_stage_of_a_whole_run_gives_the_results_of_the_original": (
        "pystamps run",
    ),
    "golden/test_combined_sets.py::test_the_combination_of_two_sets_is_that_of_the_original": (
        "pystamps combine",
    ),
    "golden/test_merge.py::test_a_merge_without_resampling_is_that_of_the_original": (
        "pystamps.stages.stage5_merge",
    ),
    "golden/test_merge.py::test_stages_4_and_5_end_in_the_golden_tree": (
        "pystamps.stages.stage5_ifg_std",
    ),
    "golden/test_small_baselines.py::test_stage_1_is_that_of_the_original": (
        *("sb_load_initial", "sb_load_initial_gamma", "sb_load_initial_isce"),
    ),
    "io/test_delay_files.py::test_a_method_reads_its_variable": ("pystamps.io.delay_files",),
    "io/test_mat_in_octave.py::test_octave_sees_every_artifact_with_class_size_and_values": (
        "pystamps.io.mat",
    ),
    "kernels/test_stage2_topofit.py::test_the_search_gives_what_the_original_gives": (
        "pystamps_kernels.stage2_topofit",
    ),
    "kernels/test_stage6_annealed_series.py"
    "::test_with_its_random_numbers_it_ends_where_the_original_ends": (
        "pystamps_kernels.stage6_annealed_series",
    ),
    "pipeline/test_entry_interferograms.py"
    "::test_pairs_of_small_baselines_are_judged_by_their_own_phase": ("pystamps ifgs",),
    "pipeline/test_entry_stage1.py::test_a_patch_equals_the_golden_one": (
        *("pystamps.stages.stage1_load", "pystamps.io.par_file"),
    ),
    "pipeline/test_entry_stage6.py::test_tiny_equals_the_original": (
        "pystamps.stages.stage6_phase",
    ),
    "pipeline/test_entry_stage7.py::test_tiny_is_processed_as_by_the_original": (
        "pystamps.stages.stage7_scla",
    ),
    "pipeline/test_entry_stage8.py::test_tiny_is_filtered_as_by_the_original": (
        "pystamps.stages.stage8_filter",
    ),
    "pipeline/test_entry_troposphere.py::test_delays_of_gacos_take_the_phase_of_the_delay_away": (
        "pystamps.corrections.delay_phase",
    ),
    "pipeline/test_multilooked.py::test_small_baselines_are_selected_as_by_the_original": (
        "pystamps multilook",
    ),
    "pipeline/test_gsar.py"
    "::test_the_original_loads_the_same_when_the_reference_image_is_the_second": (
        "ps_load_initial_gsar",
    ),
    "plotting/test_map_values.py::test_values_are_those_of_the_original": ("pystamps plot",),
    "plotting/test_network_of_pairs.py"
    "::test_the_network_has_a_line_per_pair_coloured_by_its_noise_and_marks_dropped_ones": (
        "pystamps plot network",
    ),
    "plotting/test_pictures.py::test_the_backdrop_is_the_amplitude_where_it_lies": (
        "pystamps.plotting.ground",
    ),
    "plotting/test_plot_command.py::test_series_and_profiles_write_their_numbers": (
        *("pystamps plot ts", "pystamps plot profile"),
    ),
    "prep/test_prepare.py::test_tiny_is_prepared_byte_for_byte_as_the_original_does": (
        *("pystamps prep", "pystamps.prep.calibration", "pystamps.prep.selection"),
        *("pystamps.prep.extraction", "pystamps.processors.rasters"),
    ),
    "prep/test_prepare.py::test_tiny_in_the_layout_of_doris_is_prepared_as_the_original_does": (
        "mt_prep",
    ),
    "prep/test_prepare.py::test_tiny_in_the_layout_of_isce_is_prepared_as_the_original_does": (
        *("mt_prep_isce", "pystamps.processors.isce_patch"),
    ),
    "products/test_corrected_positions.py"
    "::test_a_scatterer_above_the_model_lies_where_its_slant_range_meets_its_height": (
        "pystamps.products.point_table",
    ),
    "products/test_oscillator_drift.py"
    "::test_velocity_and_phase_of_envisat_are_those_of_the_original": (
        "pystamps.products.oscillator_drift",
    ),
    "products/test_velocity.py::test_velocities_of_the_original_are_reproduced": (
        "pystamps.products.velocity",
    ),
    "simulate/test_small_baseline_stacks.py"
    "::test_all_programs_give_the_same_candidates_and_phases": ("selsbc_patch",),
    "stages/test_closure_loops.py::test_loops_and_closed_pixels_equal_the_original": (
        "pystamps.stages.closure_loops",
    ),
    "stages/test_delay_inversion.py::test_the_vector_of_the_original_is_reproduced": (
        "pystamps.stages.delay_inversion",
    ),
    "stages/test_deramp.py::test_tiny_is_deramped_as_by_the_original": ("pystamps.stages.deramp",),
    "stages/test_goldstein.py::test_fringe_frequencies_equal_the_original": (
        "pystamps.stages.stage6_gradient",
    ),
    "stages/test_goldstein.py::test_the_filter_equals_the_original": ("pystamps.stages.goldstein",),
    "stages/test_reference_area.py::test_the_area_holds_the_pixels_of_the_original": (
        "pystamps.stages.reference_area",
    ),
    "stages/test_sb_inversion.py::test_images_and_covariances_equal_the_original": (
        "pystamps.stages.sb_inversion",
    ),
    "stages/test_stage2_gamma.py::test_the_whole_stage_gives_what_the_original_gives": (
        "pystamps.stages.stage2_gamma",
    ),
    "stages/test_stage3_select.py::test_re_estimation_and_mask_are_those_of_the_original": (
        "pystamps.stages.stage3_select",
    ),
    "stages/test_stage4_weed.py::test_masks_are_those_of_the_original": (
        "pystamps.stages.stage4_weed",
    ),
    "stages/test_stage5_correct.py::test_files_of_generation_2_are_those_of_the_original": (
        "pystamps.stages.stage5_correct",
    ),
    "stages/test_stage6_costs.py"
    "::test_cost_files_of_tiny_equal_the_original_from_its_expected_differences": (
        "pystamps.stages.stage6_costs",
    ),
    "stages/test_stage6_grid.py::test_arcs_of_tiny_equal_the_original": (
        "pystamps.stages.stage6_arcs",
    ),
    "stages/test_stage6_grid.py::test_pixels_of_tiny_follow_their_cells_as_in_the_original": (
        "pystamps.stages.stage6_pixels",
    ),
    "stages/test_stage6_grid.py::test_tiny_is_gridded_and_filtered_as_by_the_original": (
        "pystamps.stages.stage6_grid",
    ),
    "stages/test_stage6_vectors.py::test_the_whole_stage_equals_the_original": (
        "pystamps.stages.stage6_time",
    ),
    "stages/test_stage8_kriging.py::test_a_prediction_is_that_of_the_original": (
        "pystamps.stages.kriging",
    ),
    "stages/test_stage8_kriging.py::test_a_whole_run_equals_the_original_with_an_optimiser": (
        "pystamps.stages.stage8_kriging",
    ),
    "stages/test_stage8_kriging.py::test_the_empirical_variogram_is_that_of_the_original": (
        "pystamps.stages.variogram",
    ),
    "test_geo.py::test_the_projection_gives_the_values_of_the_original": ("pystamps.geo",),
    "test_parameter_files.py::test_small_baseline_sets_have_their_own_defaults": (
        "sb_parms_initial",
    ),
    "test_parameter_files.py::test_written_back_parameters_are_those_of_stamps_after_stage_1": (
        "pystamps.parameters",
    ),
}
"""Test, relative to ``tests``, to what it shows: a place here, or a single routine of StaMPS."""

SHOWN_BY = {name: f"tests/{test}" for test, names in _PROOFS.items() for name in names}
