from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "tenants.organisation"
    label = "organisation"
    verbose_name = _("Tổ chức")

    def ready(self) -> None:
        from tenants.onboarding.registry import Step, register
        from tenants.organisation import onboarding

        register(
            Step(
                code="agencies",
                title=_("Cơ quan, đơn vị"),
                validate=onboarding.validate,
                apply=onboarding.apply,
                order=10,
                files=(onboarding.FILE,),
            )
        )
