"""What applying a province's folder would change: asked before, and nothing is left behind."""

from collections.abc import Collection

from tenants.folder.completeness import refuse_at_rest
from tenants.folder.folder import open_folder
from tenants.folder.problems import Problem, Refused, blocking
from tenants.folder.steps import Progress
from tenants.isolation import schemas
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.onboarding.apply import chosen_steps
from tenants.onboarding.apply_lock import alone
from tenants.onboarding.dry_run import Rehearsal, rehearse
from tenants.onboarding.validate import faults_of


def plan_province(
    slug: str, progress: Progress | None = None, *, only: Collection[str] = ()
) -> tuple[Rehearsal, list[Problem]]:
    """What an apply would do now, step by step, and the remarks on the folder. Changes nothing.

    The very steps of an apply run, in a transaction that is taken back; so for a province that is not there
    its tables are made and vanish again. Raises Refused for a folder with blocking faults and where an apply
    would refuse the province, schemas.NotTheOwner under the run-time login.
    """
    schemas.require_owner()
    progress = progress or Progress()
    folder = open_folder(slug)
    chosen = chosen_steps(only)
    with alone(slug, progress), public_context():
        problems = faults_of(folder, chosen)
        if blocking(problems):
            raise Refused(problems)
        province = Province.objects.filter(schema_name=slug).first()
        if province is not None:
            refuse_at_rest(province)
        return rehearse(folder, province, chosen, progress, whole=not only), problems
