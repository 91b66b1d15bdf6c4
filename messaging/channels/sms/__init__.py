"""Text messages through the gateway that an account's settings describe. See docs/van-hanh/kenh-sms.md."""
