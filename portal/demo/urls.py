"""Addresses of the demonstration's telephone."""

from django.urls import path

from portal.demo.phone_page import telephone

demo = [path("dien-thoai/", telephone, name="telephone")]
