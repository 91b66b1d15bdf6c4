"""The tables of this room."""

from messaging.models.announcements import Announcement
from messaging.models.broadcasts import Broadcast, BroadcastArticle, BroadcastRecipient
from messaging.models.calls import Call, CallTry
from messaging.models.followers import Follower, FollowerList, HeardMessage, Rating, ReaderLink
from messaging.models.grants import Grant, GrantEvent
from messaging.models.inbound import InboundEvent
from messaging.models.lanes import DEFAULT_ACCOUNT, ChannelAccount, Lane, WayRest
from messaging.models.outbox import Attempt, Message
from messaging.models.people import Address, Consent, Contact
from messaging.models.provider_templates import ProviderTemplate, TemplateUse
from messaging.models.rules import SendingRules, Template

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
