"""Accounts, sessions and sign-in: passwords, single sign-on, second factor, passkeys, invitations."""
