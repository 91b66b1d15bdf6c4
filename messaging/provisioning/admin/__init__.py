"""Tables of messaging.provisioning in Django admin."""

from messaging.provisioning.admin import accounts, audit_subjects, followers, lanes, provider_templates
