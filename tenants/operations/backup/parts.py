"""What a restore looks at, settles and carries over."""

from django.utils.translation import gettext_lazy as _

from messaging.broadcasts.sending.runner import pause_restored
from messaging.delivery import restore as messages
from messaging.inbound import privacy
from tenants.folder.copies import ACCOUNTS, Carry
from tenants.operations.backup import stored_files as dossiers
from tenants.operations.backup.archive import unreadable

# Access that was taken away since the moment of a copy does not come back with the copy.
_ACCESS = (
    Carry(
        ACCOUNTS,
        _("Tài khoản đã khóa sau lúc ấy, vẫn khóa"),
        "UPDATE {new}.accounts_user n SET is_active = false FROM {old}.accounts_user o "
        "WHERE o.id = n.id AND o.username = n.username AND NOT o.is_active AND n.is_active",
    ),
    # By the audit alone: a table that was emptied by mistake is what a restore brings back.
    Carry(
        ACCOUNTS,
        _("Vai trò đã bỏ sau lúc ấy, vẫn là bỏ"),
        "DELETE FROM {new}.organisation_assignment n USING {new}.accounts_user u, {old}.audit_auditentry e "
        "WHERE u.id = n.user_id AND e.action = 'role.remove' AND e.at > %(since)s "
        "AND e.subject = 'user:' || u.username AND e.detail->>'role' = n.role "
        "AND e.detail->>'agency' = (SELECT a.code FROM {new}.organisation_agency a WHERE a.id = n.agency_id) "
        "AND NOT EXISTS (SELECT FROM {old}.organisation_assignment o "
        "JOIN {old}.accounts_user v ON v.id = o.user_id AND v.username = u.username "
        "WHERE o.agency_id = n.agency_id AND o.role = n.role)",
    ),
    # Without a look at the audit: the password and the code of the telephone stay. A key that was added after
    # the schemas parted is not missing because it was removed.
    Carry(
        ACCOUNTS,
        _("Khóa truy cập đã gỡ sau lúc ấy, vẫn là gỡ"),
        "DELETE FROM {new}.accounts_passkey n USING {new}.accounts_user u, {old}.accounts_user v "
        "WHERE u.id = n.user_id AND v.username = u.username AND NOT EXISTS ("
        "SELECT FROM {old}.accounts_passkey o "
        "WHERE o.credential_id = n.credential_id AND o.user_id = v.id) AND n.made_at <= %(parted)s",
    ),
    Carry(
        ACCOUNTS,
        _("Đăng nhập một lần đã bỏ nối sau lúc ấy, vẫn là bỏ"),
        "DELETE FROM {new}.accounts_externalidentity n USING {new}.accounts_user u, {old}.accounts_user v "
        "WHERE u.id = n.user_id AND v.username = u.username AND NOT EXISTS ("
        "SELECT FROM {old}.accounts_externalidentity o "
        "WHERE o.issuer = n.issuer AND o.subject = n.subject AND o.user_id = v.id)",
    ),
    Carry(
        ACCOUNTS,
        _("Ủy quyền đã chấm dứt sau lúc ấy, vẫn là chấm dứt"),
        "UPDATE {new}.organisation_delegation n SET ended_at = o.ended_at "
        "FROM {old}.organisation_delegation o "
        "WHERE o.id = n.id AND o.made_at = n.made_at AND o.ended_at > %(since)s AND n.ended_at IS NULL",
    ),
)

CHECKS = (unreadable, dossiers.out_of_order)
"""Each is called inside a copy, reads only: Vietnamese sentences about what is wrong with it."""
SETTLES = (messages.hold_after_restore, pause_restored)
"""Each is called inside a copy with its moment (of the backup, or of the swap that kept it), sees to it that nothing
happens twice, and says what was done."""
CARRIES = (
    # Before the erasure of the contact, which takes the number away.
    dossiers.DRAFTS_OF_ERASED,
    *_ACCESS,
    *messages.CARRIES,
    # After what messages carry over: that is blanked, too.
    *privacy.CARRIES,
    *dossiers.CARRIES,
)
"""In the order in which they are done."""
