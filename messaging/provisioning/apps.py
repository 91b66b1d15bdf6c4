from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "messaging.provisioning"
    label = "provisioning"
