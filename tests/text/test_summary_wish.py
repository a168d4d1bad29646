from __future__ import annotations

import pytest

from chatui.text.summary_wish import wish_of


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
        ("Kannst du den Mietvertrag zusammenfassen?", "Mietvertrag"),
        ("tl;dr", ""),
        ("TL;DR #lease.md", "lease.md"),
        ("give me the gist of the lease", "lease"),
        ("the key points of lease.md", "lease.md"),
        ("hazme un resumen del contrato", "contrato"),
        ("总结这份合同的要点", "合同"),
        ("summarise A/lease.md", "A/lease.md"),
        ("summarise lease A", "lease A"),
        ("summarise reports/*.md", "reports/*.md"),
        ("summarise all of *.pdf", "*.pdf"),
        ("summarise reports/", "reports/"),
        ("summarise **lease.md**", "lease.md"),
        ("summarise lease (1).pdf", "lease (1).pdf"),
        ("what's in this file?", ""),
        ("What is #lease.md about?", "lease.md"),
        ("what does the lease say?", "lease"),
        ("Worum geht es in diesem Dokument?", ""),
        ("was steht in lease.md", "lease.md"),
        ("De quoi parle ce document ?", ""),
        ("¿De qué trata este documento?", ""),
        ("о чём этот документ?", ""),
        ("这份文件讲了什么？", ""),
        ("この文書の概要は？", ""),
    ],
)
def test_a_wish_for_a_summary_and_what_it_calls_the_document(question: str, document: str) -> None:
    wish = wish_of(question)
    assert wish is not None
    assert wish.name == document


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("compare lease A and B", ("lease A", "B")),
        ("Compare #A/lease.md with #B/lease.md, please", ("A/lease.md", "B/lease.md")),
        ("differences between old.pdf and new.pdf?", ("old.pdf", "new.pdf")),
        ("Vergleiche den Mietvertrag mit dem Kaufvertrag", ("Mietvertrag", "Kaufvertrag")),
        ("compare le bail et le devis", ("bail", "devis")),
        ("compara el contrato con la oferta", ("contrato", "oferta")),
        ("сравни договор и отчёт", ("договор", "отчёт")),
        ("比较合同和报告", ("合同", "报告")),
        ("summarise the lease and the manual", ("lease", "manual")),
    ],
)
def test_several_documents_are_wanted_together(question: str, names: tuple[str, ...]) -> None:
    wish = wish_of(question)
    assert wish is not None
    assert wish.parts == names


@pytest.mark.parametrize(
    "question",
    [
        "what is the notice period?",
        "how do I resume a session",
        "fass mir die Hand",
        "the report that I wrote last year has a nice summary of it all",
        "什么是租约",
        "what is this about?",
        "compare prices",
        "how does the lease compare?",
        "summarise our chat",
        "fasse das Gespräch zusammen",
        "总结我们的对话",
        "summarise " + "x " * 200,
        "",
    ],
)
def test_other_questions_want_none(question: str) -> None:
    assert wish_of(question) is None
