from __future__ import annotations

import pytest

from chatui.text.summary_wish import called


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("summarise the lease", "lease"),
        ("Summarize lease.md in three sentences", "lease.md"),
        ("Could you please sum up my notes?", "notes"),
        ("give me a short summary of the annual report", "annual report"),
        ("Résume le bail", "bail"),
        ("résumez-moi #bail.pdf", "bail.pdf"),
        ("fais un résumé du contrat", "contrat"),
        ("fasse den Mietvertrag zusammen", "Mietvertrag"),
        ("Fassen Sie mir bitte den Mietvertrag kurz zusammen", "Mietvertrag"),
        ("Zusammenfassung des Berichts", "Berichts"),
        ("resume el contrato de alquiler", "contrato alquiler"),
        ("riassumi il contratto", "contratto"),
        ("resuma o contrato", "contrato"),
        ("总结租约", "租约"),
        ("请帮我总结一下租约的内容", "租约"),
        ("把租约概括一下", "租约"),
        ("租約を要約して", "租約"),
        ("резюмируй договор", "договор"),
        ("계약서 요약", "계약서"),
        ("summarise this document", ""),
        ("fass das Dokument zusammen", ""),
        ("总结一下这份文件", ""),
    ],
)
def test_a_wish_for_a_summary_and_what_it_calls_the_document(question: str, document: str) -> None:
    assert called(question) == document


@pytest.mark.parametrize(
    "question",
    [
        "what is the notice period?",
        "how do I resume a session",
        "fass mir die Hand",
        "the report that I wrote last year has a nice summary of it all",
        "什么是租约",
        "summarise " + "x " * 200,
        "",
    ],
)
def test_other_questions_want_none(question: str) -> None:
    assert called(question) is None
