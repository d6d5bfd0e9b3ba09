"""What facts, effects and outputs are called on a screen, in both languages, with a sample cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Label = tuple[str, str]

FACTS: Final[Mapping[str, Label]] = {
    # --- the claim
    "category": ("类别", "Category"),
    "total_amount": ("总金额", "Total amount"),
    "total_known": ("金额齐全", "Total known"),
    "document_count": ("单据数", "Documents"),
    "invoices": ("发票张数", "Invoices"),
    "receipts": ("小票张数", "Till receipts"),
    "not_invoices": ("非发票数", "Not invoices"),
    "unreadable_files": ("无法读取的文件", "Unreadable files"),
    "duplicates": ("重复单据数", "Duplicates"),
    "consecutive_numbers": ("连号", "Consecutive numbers"),
    "same_seller_same_day": ("同日同销售方张数", "Same seller, same day"),
    "unsure": ("未确认字段数", "Unsure fields"),
    "conflicts": ("矛盾字段数", "Conflicting fields"),
    "buyer_not_ours": ("抬头非本公司数", "Made out to others"),
    "buyer_unknown": ("抬头不明数", "Buyer unknown"),
    "company_known": ("已设置公司", "Company is set"),
    "foreign": ("外币单据数", "Foreign money"),
    "future": ("日期在未来", "Dated in the future"),
    "negative": ("负数", "Negative"),
    "age_days_max": ("最早距今天数", "Oldest, in days"),
    "findings_error": ("严重发现", "Serious findings"),
    "findings_warning": ("一般发现", "Other findings"),
    "valid_invoices": ("都是有效发票", "All are invoices"),
    "clean": ("无疑点", "Nothing in doubt"),
    # --- a document
    "file": ("文件名", "File"),
    "page": ("页码", "Page"),
    "kind": ("单据种类", "Kind"),
    "is_invoice": ("是发票", "Is an invoice"),
    "supports": ("可作佐证", "Supports an invoice"),
    "counted": ("计入总额", "Counted in the total"),
    "quality": ("清晰度", "Quality"),
    "original": ("电子原件", "Electronic original"),
    "number": ("号码", "Number"),
    "currency": ("币种", "Currency"),
    "total": ("金额", "Total"),
    "date": ("日期", "Date"),
    "date_known": ("日期已知", "Date known"),
    "age_days": ("距今天数", "Age in days"),
    "cross_year": ("跨年", "Earlier year"),
    "weekend": ("周末", "Weekend"),
    "buyer_name": ("抬头相符", "Buyer's name is ours"),
    "buyer_tax_id": ("税号相符", "Buyer's tax number is ours"),
    "buyer_is_ours": ("购买方是本公司", "Buyer is us"),
    "duplicate_in_claim": ("本单内重复", "Duplicate in the claim"),
    "duplicate_in_history": ("与历史重复", "Duplicate in history"),
    "consecutive_in_claim": ("本单内连号", "Consecutive in the claim"),
    "consecutive_in_history": ("与历史连号", "Consecutive with history"),
    "consecutive_by": ("连号属于谁", "Whose is the neighbour"),
    "vague_items": ("品名笼统", "Vague goods"),
    "payment_matches": ("支付金额与发票相符", "Payment matches the invoices"),
    "unsure_fields": ("未确认的字段", "Names of unsure fields"),
    "conflict_fields": ("矛盾的字段", "Names of conflicting fields"),
    "finding_codes": ("发现的代码", "Codes of findings"),
    "finding_messages_zh": ("发现（中文）", "Findings in Chinese"),
    "finding_messages_en": ("发现（英文）", "Findings in English"),
}
SAMPLES: Final[Mapping[str, str]] = {
    "category": '"餐饮","meals"',
    "total_amount": "> 5000",
    "total": "(200..1000]",
    "age_days": "> 90",
    "age_days_max": "> 90",
    "currency": '$ != "CNY"',
    "kind": '$ != "receipt"',
    "file": 'endsWith($, ".jpg")',
    "finding_codes": 'contains($, "amount")',
    "date": 'startsWith($, "2026")',
}
"""A cell that tests the fact, where its type alone gives no good one."""
BY_TYPE: Final[Mapping[str, str]] = {"number": "> 0", "text": '$ == "…"'}

VALUES: Final[Mapping[str, Label]] = {
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "unknown": ("不清楚", "unknown"),
    "none": ("此类单据没有", "not on this kind"),
    "clean": ("清晰", "clean"),
    "scan": ("扫描", "scan"),
    "photo": ("照片", "photo"),
    "poor": ("质量差", "poor"),
    "paper": ("纸质", "paper"),
    "same_file": ("同一文件", "same file"),
    "same_number": ("号码相同", "same number"),
    "same_details": ("号码、日期、金额相同", "same details"),
    "other_format": ("同一发票的另一格式", "same invoice, other format"),
    "nobody": ("没有", "nobody"),
    "same": ("同一人", "same person"),
    "another": ("另一人", "another person"),
}
EFFECTS: Final[Mapping[str, Label]] = {
    "approve": ("通过", "Approve"),
    "refer": ("转人工", "Refer to a person"),
    "suggest_reject": ("建议驳回", "Suggest rejection"),
    "warn": ("仅提醒", "Only warn"),
}
OUTPUTS: Final[Mapping[str, Label]] = {
    "code": ("代码", "Code"),
    "outcome": ("结果", "Outcome"),
    "refer_to": ("转交", "Goes to"),
    "message_zh": ("中文说明", "Message in Chinese"),
    "message_en": ("英文说明", "Message in English"),
}
OUTPUT_SAMPLES: Final[Mapping[str, str]] = {
    "code": '"over_limit"',
    "outcome": '"refer"',
    "refer_to": '"finance"',
    "message_zh": "`总金额 ${total_amount} 元，超过限额`",
    "message_en": "`${total_amount} yuan is over the limit`",
}
REFER_TO: Final[Mapping[str, Label]] = {
    "reviewer": ("审核人员", "a reviewer"),
    "department_manager": ("部门经理", "department manager"),
    "department_director": ("部门总监", "department director"),
    "finance": ("财务", "finance"),
}
"""To whom the shipped policy refers; a company's own may name any other."""
