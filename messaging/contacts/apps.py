from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "messaging.contacts"
    label = "contacts"
