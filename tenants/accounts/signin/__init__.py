"""Sign-in of staff and operators: passwords, single sign-on, second factor, passkeys, invitations.

An account is signed in only after both steps, so no view has to ask for the step.
"""
