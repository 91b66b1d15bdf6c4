"""A file as an HTTP answer: always a download, never a page of this site, kept by nobody on the way."""

from django.http import FileResponse

from dossiers.files.access import Served

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def download(served: Served) -> FileResponse:
    """The file under the name people know it by, with the type it was found to have."""
    return FileResponse(
        served.file,
        as_attachment=True,
        filename=served.attachment.name,
        content_type=served.attachment.content_type,
        headers=HEADERS,
    )
