"""Messages through a Zalo Official Account. Everything here is values in, values out, and calls to Zalo: what is
kept of it, and when a grant is renewed, is the messaging room's business."""

from messaging.channels.zalo.channel import ZaloChannel

__all__ = ["ZaloChannel"]
