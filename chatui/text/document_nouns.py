"""What kinds of documents are called in several languages: "den Vertrag" may mean a lease.docx.
Pure."""

from __future__ import annotations

_KINDS = (
    """contract agreement lease tenancy vertrag mietvertrag kaufvertrag arbeitsvertrag contrat bail
    contrato arrendamiento contratto locazione overeenkomst huurcontract договор 合同 合约 租约
    租赁合同 契約書 契約 賃貸契約書 계약서""",
    """manual handbook guide instructions handbuch anleitung bedienungsanleitung gebrauchsanweisung
    manuel notice guía manuale handleiding руководство инструкция 手册 说明书 产品说明 マニュアル
    取扱説明書 설명서""",
    """report bericht geschäftsbericht rapport informe relatório relazione verslag отчёт отчет 报告
    報告書 보고서""",
    """invoice bill rechnung facture factura fattura fatura factuur счёт счет 发票 請求書 청구서""",
    """offer quotation quote proposal angebot kostenvoranschlag devis oferta presupuesto preventivo
    offerte предложение 报价 报价单 見積書 견적서""",
    """minutes protocol protokoll compte-rendu acta verbale notulen протокол 会议纪要
    議事録 회의록""",
    """letter mail email message brief nachricht lettre courriel carta correo lettera письмо 信
    邮件 メール 手紙 편지 메일""",
    """table spreadsheet sheet tabelle tableau tabla tabella tabel таблица 表格 表 シート 표""",
    """book novel buch roman livre libro livro boek книга 书 小说 本 책""",
    """presentation slides präsentation folien présentation presentación presentazione презентация
    演示文稿 幻灯片 スライド 발표""",
)
_SORTS = (
    """lease tenancy mietvertrag bail arrendamiento locazione huurcontract 租约 租赁合同
    賃貸契約書""",
    "kaufvertrag",
    "arbeitsvertrag",
)
"""Of one kind, and not one another: a Kaufvertrag is no lease."""
_SORT = {word: frozenset(sort.split()) for sort in _SORTS for word in sort.split()}
_CALLED = {word: frozenset(kind.split()) for kind in _KINDS for word in kind.split()}


def others(word: str) -> frozenset[str]:
    """What the same kind of document is called, in whatever language; nothing for a word that is
    none. Of a contract of some sort those of other sorts are left out."""
    called = _CALLED.get(word.casefold(), frozenset())
    sort = same_sort(word)
    return called - (_SORT.keys() - sort) if sort else called


def same_sort(word: str) -> frozenset[str]:
    """What a document of this very sort is called; nothing for a word that tells no sort."""
    return _SORT.get(word.casefold(), frozenset())


def is_kind(word: str) -> bool:
    return word.casefold() in _CALLED
