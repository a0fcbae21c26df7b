"""The shop's addresses."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.urls import path

from examples.django_app.shop import options
from examples.django_app.views import (
    account,
    cart,
    catalogue,
    checkout,
    contact,
    customers,
    demo,
    lists,
    mailing,
    newsletter,
    passwords,
    statement,
)
from examples.shop.suggestions import suggests
from shopprivacy.policy import load

handler404 = "examples.django_app.page.not_found"

urlpatterns = [
    path("", catalogue.index, name="index"),
    path("products/<slug:slug>", catalogue.product, name="product"),
    path("products/<slug:slug>/reviews", catalogue.review, name="review"),
    path("wishlist", lists.wishlist, name="wishlist"),
    path("compare", lists.compare, name="compare"),
    path("language", lists.language, name="language"),
    path("cart", cart.cart, name="cart"),
    path("cart/save", cart.save, name="save-cart"),
    path("cart/saved/<token>", cart.restore, name="saved-cart"),
    path("checkout", checkout.checkout, name="checkout"),
    path("checkout/done/<token>", checkout.done, name="order-placed"),
    path("register", account.register, name="register"),
    path("login", account.log_in, name="login"),
    path("logout", account.log_out, name="logout"),
    path("forgot", passwords.forgot, name="forgot"),
    path("password/<token>", passwords.new, name="new-password"),
    path("account", account.account, name="account"),
    path("account/erase", account.erase, name="erase"),
    path("newsletter", newsletter.sign_up, name="newsletter"),
    path("contact", contact.contact, name="contact"),
    path("quotes", contact.quotes, name="quotes"),
    path("contest", contact.contest, name="contest"),
    path("admin/customers", customers.customers, name="customers"),
    path("admin/mailing", mailing.mailing, name="mailing"),
    path("admin/orders", mailing.write_about_order, name="about-order"),
    path("admin/unsubscribe", mailing.unsubscribe, name="unsubscribe"),
    path("privacy", statement.statement, name="statement"),
    # By the shop itself: a real one leaves its pictures to the web server in front of it.
    path("static/<path:path>", serve, {"insecure": True}),
]

if suggests(load(options().policy)):
    from examples.django_app.views import for_you  # its decorator names a purpose, which must be declared

    urlpatterns.append(path("for-you", for_you.for_you, name="for-you"))

if options().has_demo_routes:
    urlpatterns += [
        path("_demo/seen", demo.seen),
        path("_demo/clock", demo.clock),
        path("_demo/fail", demo.fail),
    ]
