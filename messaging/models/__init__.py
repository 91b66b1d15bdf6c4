"""Tables, one file per subject; no behaviour but constraints."""

from messaging.models.contacts import Address, Consent, Contact
from messaging.models.followers import (
    Follower,
    FollowerList,
    IncomingMessage,
    Rating,
    Subscription,
    WebhookEvent,
)
from messaging.models.lanes import DEFAULT_ACCOUNT, ChannelAccount, Credential, CredentialEvent, Lane, WayRest
from messaging.models.messages import Attempt, Message, SendingRules
from messaging.models.one_time_codes import OneTimeCode
from messaging.models.phone_calls import Call, CallTry
from messaging.models.provider_templates import ProviderTemplate, Template, TemplateAssignment
from messaging.models.publications import Publication, PublicationArticle, PublicationRecipient
