"""What can go wrong in a way that the user can repair.

::

    PystampsError                 one line for the user, no traceback
      ArtifactError               a file or variable is missing, unreadable or inconsistent
      DatasetError                the directory is not a data set, or its layout is wrong
      ParameterError              a setting is unknown or impossible for this data set
      UnsupportedError            an option that StaMPS has and pySTAMPS does not have yet
      ExternalProgramError        snaphu (or another program) is missing or failed
      NothingLeftError            every patch is empty

``BackendUnavailableError`` belongs to the kernels (``pystamps_kernels``) and is
treated in the same way. A message says *where*: *what*; *what to do*.
"""


class PystampsError(Exception):
    """Base of all errors that the user can repair."""


class ArtifactError(PystampsError):
    """A file or one of its variables is missing, unreadable or inconsistent."""


class DatasetError(PystampsError):
    """The directory is not a data set, or its layout is wrong."""


class ParameterError(PystampsError):
    """A setting is unknown, out of range or impossible for this data set."""


class UnsupportedError(PystampsError):
    """An option of StaMPS that this version refuses by name."""


class ExternalProgramError(PystampsError):
    """A program that a stage calls is missing or failed."""


class NothingLeftError(PystampsError):
    """No patch has any pixel left."""
