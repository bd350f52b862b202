"""Writing a demo file into an empty database.

A module a noun; each names the parts of the file that it reads in ``PARTS``, in the order in which its own parts
refer to each other, and the kinds of request it reads in ``REQUESTS``. A new part is a new module, named in
``loader.MODULES`` at the place its references need. Parts that no app can hold yet are left out and named.
"""

from .file import DemoFile, DemoFileError
from .loader import Loader

__all__ = ["DemoFile", "DemoFileError", "Loader"]
