"""Tables, one file per subject; no behaviour but constraints."""

from messaging.models.announcements import Announcement
from messaging.models.broadcasts import Broadcast, BroadcastArticle, BroadcastRecipient
from messaging.models.contacts import Address, Consent, Contact
from messaging.models.credentials import Grant, GrantEvent
from messaging.models.followers import Follower, FollowerList, HeardMessage, Rating, ReaderLink
from messaging.models.lanes import DEFAULT_ACCOUNT, ChannelAccount, Lane, WayRest
from messaging.models.messages import Attempt, Message
from messaging.models.phone_calls import Call, CallTry
from messaging.models.provider_templates import ProviderTemplate, TemplateUse
from messaging.models.sending_rules import SendingRules, Template
from messaging.models.webhook_events import InboundEvent

__all__ = [
    "DEFAULT_ACCOUNT",
    "Address",
    "Announcement",
    "Attempt",
    "Broadcast",
    "BroadcastArticle",
    "BroadcastRecipient",
    "Call",
    "CallTry",
    "ChannelAccount",
    "Consent",
    "Contact",
    "Follower",
    "FollowerList",
    "Grant",
    "GrantEvent",
    "HeardMessage",
    "InboundEvent",
    "Lane",
    "Message",
    "ProviderTemplate",
    "Rating",
    "ReaderLink",
    "SendingRules",
    "Template",
    "TemplateUse",
    "WayRest",
]
