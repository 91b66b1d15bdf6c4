"""What can be said to whoever backs up or restores."""


class BackupRefused(Exception):
    """A Vietnamese sentence for the operator; nothing was changed."""


class Damaged(BackupRefused):
    """The archive is not what was written: cut short, changed, or locked with a key that is not here."""
