"""Files of dossiers: a refused one is a refused act."""

from django.core.files.uploadedfile import UploadedFile

from tenants.files import inspection
from tenants.files.inspection import Inspected
from tenants.refusals import Refused


class FileRefused(Refused):
    """The file cannot be taken; nothing was stored. The sentence names the file and says what to do.

    `cpu_seconds`: what its examination took of a processor.
    """

    cpu_seconds = 0.0


def inspect(upload: UploadedFile, seconds: int = inspection.CPU_SECONDS) -> Inspected:
    """The file, found fit to be stored with a dossier: PDF, JPEG or PNG. Raises FileRefused.

    Its examination may take so many `seconds` of a processor.
    """
    try:
        return inspection.inspect(upload, inspection.SCANS, seconds)
    except inspection.UploadRefused as error:
        refusal = FileRefused(str(error))
        refusal.cpu_seconds = error.cpu_seconds
        raise refusal from error
