"""Citizens' addresses; they stand in messages and on paper, and scripts of others use them, so they stay."""

from django.urls import path

from dossiers.feedback import decision_pages as complaints
from dossiers.feedback import views as feedback
from dossiers.filing.public import end as filing_end
from dossiers.filing.public import pages as filing_pages
from dossiers.filing.public import papers as filing_papers
from dossiers.filing.public import resume as filing_resume
from dossiers.filing.public import start as filing_start
from dossiers.filing.public import supplement as filing_supplement
from dossiers.lookup.public import desk_pages, holder_pages, notice_start, posters, views
from dossiers.statistics.transparency import views as transparency
from messaging.broadcasts import public as announcements
from portal.pages import home

urlpatterns = [
    path("", home, name="home"),
    path("tra-cuu/", views.lookup_form, name="lookup"),
    path("ho-so/<str:code>/", views.progress, name="progress"),
    path("ho-so-cua-toi/", views.my_dossiers, name="my-dossiers"),
    path("h/<str:token>/", views.dossier, name="dossier"),
    path("h/<str:token>/tin-bao/", holder_pages.notices, name="dossier-notices"),
    path("h/<str:token>/tin-bao/bat/", notice_start.start, name="dossier-notices-start"),
    path("h/<str:token>/lich.ics", views.calendar, name="dossier-calendar"),
    path("h/<str:token>/nhan-tin/", holder_pages.link, name="dossier-link"),
    path("h/<str:token>/danh-gia/", holder_pages.rate, name="dossier-rating"),
    path("h/<str:token>/chia-se/", holder_pages.share, name="dossier-share"),
    path("h/<str:token>/tep/<int:attachment_id>/", views.result_file, name="dossier-file"),
    path("h/<str:token>/bo-sung/", filing_supplement.start, name="dossier-supplement"),
    path("nop/ban-nhap/<str:name>/", filing_resume.enter, name="filing-draft"),
    path("nop/ban-nhap/<str:name>/tiep-tuc/", filing_resume.resume, name="filing-resume"),
    path("nop/ban-nhap/<str:name>/da-nop/ban-sao/", filing_end.copy, {"page": "da-nop"}, name="filing-copy"),
    path(
        "nop/ban-nhap/<str:name>/da-nop/ban-sao.pdf",
        filing_end.copy_pdf,
        {"page": "da-nop"},
        name="filing-copy-pdf",
    ),
    path("nop/ban-nhap/<str:name>/<slug:page>/", filing_pages.page, name="filing-page"),
    path("nop/ban-nhap/<str:name>/<slug:page>/tep/<int:file_id>/", filing_papers.file, name="filing-file"),
    path("nop/<str:code>/", filing_start.start, name="filing-start"),
    path("noi-nop/", desk_pages.overview, name="desks"),
    path("noi-nop/<str:agency>/", desk_pages.one, name="desk"),
    path("ap-phich/", posters.overview, name="posters"),
    path("ap-phich/tra-cuu/", posters.lookup, name="lookup-poster"),
    path("ap-phich/tra-cuu/<str:agency>/", posters.lookup, name="desk-poster"),
    path("ap-phich/kenh/<str:service>/", posters.account, name="account-poster"),
    path("thong-bao/", announcements.current, name="announcements"),
    path("thong-bao/atom.xml", announcements.atom, name="announcements-atom"),
    path("thong-bao/nam/<int:year>/", announcements.of_year, name="announcements-of-year"),
    path("thong-bao/<int:number>/", announcements.one, name="announcement"),
    path("phan-anh/", feedback.feedback_form, name="feedback-form"),
    path("phan-anh/tra-loi/", feedback.answer_lookup, name="feedback-lookup"),
    path("phan-anh/da-tra-loi/", feedback.public_answers, name="feedback-answers"),
    path("phan-anh/xem/<str:token>/", feedback.feedback, name="feedback"),
    path("quyet-dinh-khieu-nai/", complaints.public_decisions, name="public-decisions"),
    path("to-cao/", complaints.denunciation, name="denunciation"),
    path("minh-bach/", transparency.transparency, name="transparency"),
    path("minh-bach.json", transparency.as_json, name="transparency-json"),
    path("minh-bach.csv", transparency.as_csv, name="transparency-csv"),
    path("minh-bach.schema.json", transparency.schema, name="transparency-schema"),
]
