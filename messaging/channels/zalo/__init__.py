"""Messages through a Zalo Official Account: values in, values out, and calls to Zalo.

Rows, and the moment of a credential's refresh, are the business of the messaging room."""

from messaging.channels.zalo.channel import ZaloChannel
