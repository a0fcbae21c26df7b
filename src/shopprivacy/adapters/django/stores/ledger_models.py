"""The ledger's tables, in the shop's own database: the same columns as ``shopprivacy.storage.sql.ledger_tables``.

Binary values are hexadecimal; times are text of one width in UTC, because MariaDB would round microseconds.
"""

from __future__ import annotations

from django.db import models

from shopprivacy.adapters.django.fields import ASCIIField


class LedgerRow(models.Model):
    """One row of the ledger. Its content is NULL once it is pruned; its proof stays for ever."""

    seq = models.BigIntegerField(primary_key=True)
    at = ASCIIField(max_length=27, null=True)
    subject = ASCIIField(max_length=61, null=True)
    purpose = ASCIIField(max_length=64, null=True)
    action = ASCIIField(max_length=16, null=True)
    version = ASCIIField(max_length=64, null=True)
    meaning = ASCIIField(max_length=64, null=True)
    text_hash = ASCIIField(max_length=64, null=True)
    how = ASCIIField(max_length=20, null=True)
    consent_id = ASCIIField(max_length=64, null=True)
    data = models.TextField(null=True)
    ground = ASCIIField(max_length=64, null=True)
    pruned_keep = ASCIIField(max_length=64, null=True)
    pruned_rows = models.TextField(null=True)
    salt = ASCIIField(max_length=32, null=True)
    digest = ASCIIField(max_length=64)
    hash = ASCIIField(max_length=64)
    key_id = ASCIIField(max_length=8)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_ledger"
        verbose_name = "record of consent"
        verbose_name_plural = "records of consent"
        indexes = (
            models.Index(fields=["subject", "seq"], name="shopprivacy_ledger_subject"),
            models.Index(fields=["digest"], name="shopprivacy_ledger_digest"),
        )

    def __str__(self) -> str:
        return f"row {self.seq}"


class LedgerHead(models.Model):
    """Where the chain ends: one row, which whoever writes holds locked."""

    id = models.IntegerField(primary_key=True)
    counted = models.BigIntegerField()
    hash = ASCIIField(max_length=64)
    rolling = ASCIIField(max_length=64)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_ledger_head"

    def __str__(self) -> str:
        return f"{self.counted}:{self.hash}"


class LedgerCheckpoint(models.Model):
    """A head that was signed."""

    at = ASCIIField(max_length=27)
    counted = models.BigIntegerField()
    hash = ASCIIField(max_length=64)
    rolling = ASCIIField(max_length=64)
    tenant = ASCIIField(max_length=63)
    key_id = ASCIIField(max_length=8)
    public_key = ASCIIField(max_length=64)
    signature = ASCIIField(max_length=128)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_checkpoint"
        verbose_name = "checkpoint"

    def __str__(self) -> str:
        return f"{self.counted} rows at {self.at}"


class RefusalCount(models.Model):
    """How many visitors without a name refused a purpose on a day."""

    day = ASCIIField(max_length=10)
    purpose = ASCIIField(max_length=64)
    counted = models.BigIntegerField()

    class Meta:  # noqa: D106
        db_table = "shopprivacy_refusal"
        verbose_name = "anonymous refusal"
        constraints = (models.UniqueConstraint(fields=["day", "purpose"], name="shopprivacy_refusal_uq"),)

    def __str__(self) -> str:
        return f"{self.purpose} on {self.day}: {self.counted}"


class EnforcedPolicy(models.Model):
    """A policy that was enforced once: consents refer to it (GDPR art. 7(1))."""

    version = ASCIIField(max_length=64)
    digest = ASCIIField(max_length=64)
    effective = ASCIIField(max_length=10)
    first_enforced_at = ASCIIField(max_length=27)
    canonical = models.TextField()

    class Meta:  # noqa: D106
        db_table = "shopprivacy_policy"
        verbose_name = "enforced policy"
        verbose_name_plural = "enforced policies"
        constraints = (models.UniqueConstraint(fields=["version", "digest"], name="shopprivacy_policy_uq"),)

    def __str__(self) -> str:
        return str(self.version)


class LedgerJournal(models.Model):
    """A journal beside the ledger: when it was last looked at, and whether the ledger had all its choices then."""

    name = ASCIIField(max_length=32, primary_key=True)
    at = ASCIIField(max_length=27)
    empty = models.BooleanField()

    class Meta:  # noqa: D106
        db_table = "shopprivacy_journals"
        verbose_name = "journal"

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
