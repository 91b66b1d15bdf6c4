from django.urls import path

from messaging.views_dev import telephone

urlpatterns = [path("dien-thoai/", telephone, name="telephone")]
