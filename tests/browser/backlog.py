"""Run inside the demonstration: forty dossiers of Đắk Lắk that came by post and wait at the counter.

Prints the name that they share, by which the list finds them. All invented.
"""

import sys

import django

NAME = "Trần Thị Bưu Chính (minh họa)"
DOSSIERS = 40
PROCEDURE = "1.013225"


def main() -> None:
    django.setup()

    from dossiers.lifecycle import actions as services
    from dossiers.lifecycle.intake import Intake, PersonData
    from tenants.accounts.models import User
    from tenants.isolation.context import province_context
    from tenants.organisation.models import Agency

    with province_context("daklak"):
        clerk = User.objects.get(username="tiepnhan")
        desk = Agency.objects.filter(is_desk=True, dissolved_on=None).order_by("code").first()
        commune = Agency.objects.filter(level=Agency.Level.COMMUNE, is_desk=False, dissolved_on=None).first()
        assert desk is not None
        assert commune is not None
        for number in range(DOSSIERS):
            person = PersonData(name=NAME, phone=f"09018{number:05d}")
            intake = Intake(
                procedure_code=PROCEDURE,
                owner=person,
                receiving_agency=desk.code,
                competent_agency=commune.code,
                channel="post",
                documents=("Đơn (minh họa)",),
                consents=frozenset({"mock"}),
            )
            services.receive(intake, actor=clerk)
    sys.stdout.write(NAME)


if __name__ == "__main__":
    main()
