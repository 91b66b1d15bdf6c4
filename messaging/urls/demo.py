from django.urls import path

from messaging.phone_page.views import telephone

urlpatterns = [path("dien-thoai/", telephone, name="telephone")]
