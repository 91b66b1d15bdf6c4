"""Addresses of online filing. They stand in messages and on paper, so they stay."""

from django.urls import path

from dossiers.filing.public import doors, end, pages, papers, start, supplement

urlpatterns = [
    path("h/<str:token>/bo-sung/", supplement.start, name="dossier-supplement"),
    path("nop/", start.overview, name="filing-overview"),
    path("nop/da-xoa/", doors.discarded, name="filing-discarded"),
    path("nop/ban-nhap/<str:name>/", doors.enter, name="filing-draft"),
    path("nop/ban-nhap/<str:name>/tiep-tuc/", doors.resume, name="filing-resume"),
    path("nop/ban-nhap/<str:name>/da-nop/ban-sao/", end.copy, {"page": "da-nop"}, name="filing-copy"),
    path(
        "nop/ban-nhap/<str:name>/da-nop/ban-sao.pdf",
        end.copy_pdf,
        {"page": "da-nop"},
        name="filing-copy-pdf",
    ),
    path("nop/ban-nhap/<str:name>/<slug:page>/", pages.page, name="filing-page"),
    path("nop/ban-nhap/<str:name>/<slug:page>/tep/<int:file_id>/", papers.file, name="filing-file"),
    path("nop/<str:code>/", start.start, name="filing-start"),
]
