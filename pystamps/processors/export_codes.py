"""What can be wrong with the files of a raw export: the codes that all processors share."""

from __future__ import annotations

from pystamps.errors import DatasetError
from pystamps.findings import Code

NO_IMAGES = Code(
    "no-images",
    "error",
    "there are no single-look images",
    "The folder of the co-registered images is missing or empty: the export was stopped, or "
    "another folder was given.",
    "export the stack again; give the folder that holds rslc/ and diff0/ (SNAP, GAMMA) or the "
    "INSAR_<date> folder (Doris, ISCE)",
    error=DatasetError,
)
NO_INTERFEROGRAMS = Code(
    "no-interferograms",
    "error",
    "there are no interferograms",
    "The folder of the interferograms is missing or empty. SNAP leaves it empty when only the "
    "images were given to the StaMPS export; it needs the images and the interferograms.",
    "export again with both inputs: the co-registered stack and the interferograms without "
    "topographic phase",
    error=DatasetError,
)
GEOMETRY_MISSING = Code(
    "geometry-missing",
    "error",
    "a raster of longitudes, latitudes or heights is missing",
    "Candidates need positions and heights. SNAP writes them only when the interferograms hold "
    "the bands orthorectifiedLat, orthorectifiedLon and elevation.",
    "export again with the bands of latitude, longitude and elevation",
)
GEOMETRY_AMBIGUOUS = Code(
    "geometry-ambiguous",
    "error",
    "several rasters could be the longitudes, latitudes or heights",
    "None of them, or more than one, carries the date of the reference image. StaMPS takes the "
    "first by name, which may be that of another export.",
    "keep one file of each kind in the folder",
)
NAME_WITHOUT_DATE = Code(
    "name-without-date",
    "error",
    "a file or folder name holds no date YYYYMMDD, or one that is not in the calendar",
    "Dates of images and interferograms are taken from names; such a file would be left out or "
    "get a wrong date.",
    "rename it, or move it out of the export",
)
SIZE_UNKNOWN = Code(
    "size-unknown",
    "error",
    "width and length of the images are not known",
    "SNAP and GAMMA: range_samples and azimuth_lines in the .par file of the reference image; "
    "Doris: width.txt and len.txt, else the bounds in master.res; ISCE: lon.raw.xml, else "
    "width.txt and len.txt. None of them could be read.",
    "repair the file that says the size",
)
HEADER_MISSING = Code(
    "header-missing",
    "error",
    "a parameter file (.par, .xml, .res) is missing",
    "The size of the image and the geometry of the orbit are in it. The file name is that of the "
    "raster with .par (SNAP, GAMMA) or .xml (ISCE) added.",
    "copy it from where the export was made, or export again",
)
BASELINE_MISSING = Code(
    "baseline-missing",
    "error",
    "the baseline of an interferogram is missing",
    "SNAP and GAMMA: one .base file beside every .diff file; ISCE: <date>/baseline; Doris: "
    "<date>/interferogram.out, or bperp.1.in for all.",
    "copy it from where the export was made, or export again",
)
INTERFEROGRAM_MISSING = Code(
    "interferogram-missing",
    "warning",
    "an image or a baseline file has no interferogram",
    "Typical of a SNAP export that was stopped, or whose interferograms were made of another list "
    "of images than the stack. The date is not in the result.",
    "export again, or move the files of this date out of the export",
)
IMAGE_MISSING = Code(
    "image-missing",
    "warning",
    "an interferogram or a parameter file has no image",
    "SNAP, GAMMA: the amplitude dispersion misses this date. Without the image of the reference, "
    "and with Doris and ISCE, the preparation stops.",
    "export again, or move the files of this date out of the export",
)
IMAGE_FOLDERS = Code(
    "several-image-folders",
    "error",
    "images lie in several folders whose names end with slc",
    "StaMPS would take the images of all of them, for example of slc/ and rslc/.",
    "keep the folder with the co-registered images only",
    error=DatasetError,
)
PAIR_INCOMPLETE = Code(
    "pair-folder-wrong",
    "error",
    "a folder of SMALL_BASELINES does not hold two images, one .diff and one .base",
    "Images are paired by their order; one image more or less pairs all later ones wrongly.",
    "keep exactly the two images of the pair with their .par files, one .diff and one .base",
)
TEXT_NOT_MADE = Code(
    "preparation-refuses",
    "error",
    "a text file that the data set needs is not there and cannot be made",
    "Doris, ISCE: heading.1.in, lambda.1.in and bperp.1.in are taken as they are, else from logs, "
    "parameter files and rasters of the stack; those hold no such value.",
    "put the file there, or complete what it is made from",
)
TEXT_VALUE = Code(
    "text-value",
    "error",
    "a text file of the stack holds something else than the numbers that stage 1 needs",
    "Doris, ISCE: one heading, one wavelength, one oversampling factor; one baseline per date; "
    "angles and baselines on nodes. NaN, infinity and the numbers that programs write for no "
    "value (9999, 99999, -32768) are none; exponents of Fortran (1.0D+02) are numbers.",
    "correct the value; a *.1.in file that is removed is made anew",
)
LINE_COUNT = Code(
    "line-count",
    "error",
    "a text file has not one value per date, or not one file per date exists",
    "bperp.1.in has one baseline per date of day.1.in; bperp_<date>.1.in hold 5000 numbers "
    "(50 x 50 nodes at two heights); baselineGRID_<date> exist for all dates or for none.",
    "extract the values again for all dates",
)
MASK_MISSING = Code(
    "mask-missing",
    "warning",
    "the mask that input_file of ISCE names is not there",
    "Pixels that it would mask are not left out.",
    "put the mask beside the stack, or give another one (--mask)",
)
NO_LOOK_ANGLE = Code(
    "no-look-angle",
    "info",
    "a Doris stack has no look angles on nodes",
    "Without look_angle.1.in there is no la1.mat: StaMPS works with a fixed angle.",
)
POSITIONS_WRONG = Code(
    "positions-wrong",
    "error",
    "longitudes or latitudes are not on the Earth, are constant, exchanged, or of another scene",
    "Positions must be degrees in single precision, and lie where the header of the reference "
    "image (center_latitude, center_longitude; Doris: Scene_centre_latitude) says that the scene "
    "is.",
    "export the geometry again",
)
PREPARED_ELSEWHERE = Code(
    "prepared-elsewhere",
    "error",
    "exports of this processor are not prepared here",
    "Their layout is not documented; data sets that StaMPS has made of them are processed.",
    "prepare the stack with mt_prep_gsar of StaMPS, and run the data set that it makes",
)
