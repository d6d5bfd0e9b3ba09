"""Original files of e-invoices: 数电票 XML and OFD, holding what the sample's PDF shows.

Element names of the XML: docs in DOMAIN ("Original files"). OFD is GB/T 33190: a zip of XML with
text objects in millimetres. Old e-invoices attach the invoice's data as XML; 数电票 point with
custom tags at the text objects that show a value.
"""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import escape

from yuepi.kit.errors import BadUsage
from yuepi.lab.samples.ink import BROWN, MM, Written
from yuepi.lab.samples.sample import Sample

_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ITEM_TAGS = {
    "name": "Item",
    "model": "Specification",
    "unit": "MeasurementDimension",
    "quantity": "Quantity",
    "price": "Price",
    "amount": "Amount",
    "rate": "TaxScheme",
    "tax": "TaxAmount",
}
_XML_ITEM_TAGS = {
    "name": "ItemName",
    "model": "SpecMod",
    "unit": "MeaUnits",
    "quantity": "Quantity",
    "price": "UnPrice",
    "amount": "Amount",
    "rate": "TaxRate",
    "tax": "ComTaxAm",
}


def xml(sample: Sample) -> bytes:
    """The 数电票 as XML. Raises `BadUsage` for other kinds, which have no such form."""
    if sample.kind != "digital_invoice":
        raise BadUsage(f"{sample.kind} has no XML form", remedy="use a digital_invoice")
    truth, further = sample.truth, sample.further
    special = "专用" in truth["type"]
    root = Element("EInvoice")
    header = SubElement(root, "Header")
    _add(header, {"EIid": truth["number"], "EInvoiceTag": "SWEI3200", "Version": "0.32"})
    label = SubElement(header, "InherentLabel")
    _add(SubElement(label, "InIssuType"), {"LabelCode": "Y", "LabelName": "是否蓝字发票标志"})
    _add(SubElement(label, "EInvoiceType"), {"LabelCode": "01", "LabelName": "电子发票"})
    vat = ("01", "增值税专用发票") if special else ("02", "普通发票")
    _add(SubElement(label, "GeneralOrSpecialVAT"), {"LabelCode": vat[0], "LabelName": vat[1]})
    data = SubElement(root, "EInvoiceData")
    for side, tag in (("seller", "Seller"), ("buyer", "Buyer")):
        party = {
            f"{tag}IdNum": truth.get(f"{side}_tax_id", ""),
            f"{tag}Name": truth[f"{side}_name"],
        }
        _add(SubElement(data, f"{tag}Information"), party)
    sums = {
        "TotalAmWithoutTax": truth["amount"],
        "TotalTaxAm": _number(truth["tax"]),
        "TotalTax-includedAmount": truth["total"],
        "TotalTax-includedAmountInChinese": truth["total_cn"],
        "Drawer": further["clerk"],
        "RequestTime": f"{truth['date']} 10:24:36",
    }
    _add(SubElement(data, "BasicInformation"), sums)
    for item in sample.items:
        cells = {tag: item.get(key, "") for key, tag in _XML_ITEM_TAGS.items()}
        cells["TaxRate"] = _fraction(item["rate"])
        cells["ComTaxAm"] = _number(item["tax"])
        _add(SubElement(data, "IssuItemInformation"), cells)
    _add(SubElement(data, "AdditionalInformation"), {"Remark": further["remark"]})
    supervision = {
        "InvoiceNumber": truth["number"],
        "IssueTime": f"{truth['date']} 10:24:36",
        "TaxBureauName": further["bureau"],
    }
    _add(SubElement(root, "TaxSupervisionInfo"), supervision)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: Element, values: dict[str, str]) -> None:
    for tag, value in values.items():
        SubElement(parent, tag).text = value


def _number(tax: str) -> str:
    return "0.00" if tax == "***" else tax


def _fraction(rate: str) -> str:
    return "0" if rate == "免税" else f"{Decimal(rate.rstrip('%')) / 100}"


def ofd(sample: Sample) -> bytes:
    """The e-invoice as OFD. Raises `BadUsage` for kinds that are never issued as OFD."""
    if sample.kind not in {"vat_e_invoice", "digital_invoice"}:
        raise BadUsage(f"{sample.kind} has no OFD form", remedy="use an e-invoice")
    page = list(enumerate(sample.written, start=100))
    parts = {
        "OFD.xml": _package(sample),
        "Doc_0/Document.xml": _document(sample),
        "Doc_0/PublicRes.xml": _fonts(),
        "Doc_0/Tpls/Tpl_0/Content.xml": _template(sample, page),
        "Doc_0/Pages/Page_0/Content.xml": _page(sample, page),
        "Doc_0/Tags/CustomTags.xml": _tag_list(),
        "Doc_0/Tags/CustomTag.xml": _tags(sample, page),
    }
    if sample.kind == "vat_e_invoice":
        parts["Doc_0/Attachs/Attachments.xml"] = _attachments()
        parts["Doc_0/Attachs/original_invoice.xml"] = _original_invoice(sample)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            # A fixed time keeps the same sample the same byte for byte.
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8"))
    return data.getvalue()


def _package(sample: Sample) -> str:
    truth = sample.truth
    names = {
        "发票代码": "code",
        "发票号码": "number",
        "合计金额": "amount",
        "合计税额": "tax",
        "价税合计": "total",
        "校验码": "check_code",
        "购买方名称": "buyer_name",
        "购买方纳税人识别号": "buyer_tax_id",
        "销售方名称": "seller_name",
        "销售方纳税人识别号": "seller_tax_id",
    }
    values = {name: truth[key] for name, key in names.items() if key in truth}
    values["开票日期"] = _day(truth["date"])
    rows = "".join(
        f'<ofd:CustomData Name="{name}">{escape(value)}</ofd:CustomData>'
        for name, value in values.items()
    )
    return (
        f'{_HEAD}<ofd:OFD {_OFD} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{truth['number']:0>32}</ofd:DocID>"
        f"<ofd:CreationDate>{truth['date']}</ofd:CreationDate>"
        f"<ofd:CustomDatas>{rows}</ofd:CustomDatas></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document(sample: Sample) -> str:
    attached = sample.kind == "vat_e_invoice"
    attachments = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>" if attached else ""
    return (
        f"{_HEAD}<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID>"
        f"<ofd:PageArea>{_box(sample)}</ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        '<ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        f"{attachments}<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>"
    )


def _box(sample: Sample) -> str:
    size = f"0 0 {sample.width_mm:.2f} {sample.height_mm:.2f}"
    return f"<ofd:PhysicalBox>{size}</ofd:PhysicalBox>"


def _fonts() -> str:
    return (
        f'{_HEAD}<ofd:Res {_OFD} BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="28" FontName="楷体" FamilyName="楷体"/>'
        '<ofd:Font ID="85" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>'
    )


def _template(sample: Sample, page: list[tuple[int, Written]]) -> str:
    """The form: lines and labels."""
    lines = "".join(
        f'<ofd:PathObject ID="{5000 + i}" LineWidth="0.25" Boundary="{min(r.x0, r.x1) / MM:.2f} '
        f"{min(r.y0, r.y1) / MM:.2f} {abs(r.x1 - r.x0) / MM + 0.2:.2f} "
        f'{abs(r.y1 - r.y0) / MM + 0.2:.2f}"><ofd:StrokeColor Value="128 20 20"/>'
        f"<ofd:AbbreviatedData>M 0 0 L {abs(r.x1 - r.x0) / MM:.2f} {abs(r.y1 - r.y0) / MM:.2f}"
        "</ofd:AbbreviatedData></ofd:PathObject>"
        for i, r in enumerate(sample.ruled)
    )
    labels = "".join(_text_object(i, run, 28) for i, run in page if run.ink == BROWN)
    return (
        f"{_HEAD}<ofd:Page {_OFD}><ofd:Content>"
        f'<ofd:Layer ID="4">{lines}{labels}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _page(sample: Sample, page: list[tuple[int, Written]]) -> str:
    values = "".join(_text_object(i, run, 85) for i, run in page if run.ink != BROWN)
    return (
        f"{_HEAD}<ofd:Page {_OFD}><ofd:Area>{_box(sample)}</ofd:Area>"
        '<ofd:Template TemplateID="2" ZOrder="Background"/><ofd:Content>'
        f'<ofd:Layer ID="3">{values}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _text_object(number: int, run: Written, font: int) -> str:
    size, width = run.size / MM, run.width / MM
    left, top = run.x / MM, run.y / MM - size
    shares = [0.5 if char.isascii() else 1.0 for char in run.text]
    steps = " ".join(f"{share / sum(shares) * width:.3f}" for share in shares[:-1])
    delta = f' DeltaX="{steps}"' if steps else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{left:.3f} {top:.3f} {width + 0.5:.3f} '
        f'{size * 1.3:.3f}" Font="{font}" Size="{size:.3f}">'
        f'<ofd:TextCode X="0" Y="{size:.3f}"{delta}>{escape(run.text)}</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def _tag_list() -> str:
    return (
        f'{_HEAD}<ofd:CustomTags {_OFD}><ofd:CustomTag TypeID="0">'
        "<ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
    )


def _tags(sample: Sample, page: list[tuple[int, Written]]) -> str:
    """Which text object shows which value. Old e-invoices leave this empty."""
    if sample.kind == "vat_e_invoice":
        return f'{_HEAD}<fp:eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2016"/>'
    truth = sample.truth
    tax = truth["tax"] if truth["tax"] == "***" else f"¥{truth['tax']}"
    wanted = [
        ("InvoiceNo", truth["number"]),
        ("IssueDate", _day(truth["date"])),
        ("BuyerName", truth["buyer_name"]),
        ("BuyerTaxID", truth.get("buyer_tax_id", "")),
        ("SellerName", truth["seller_name"]),
        ("SellerTaxID", truth["seller_tax_id"]),
    ]
    for item in sample.items:
        wanted += [(tag, item.get(key, "")) for key, tag in _ITEM_TAGS.items()]
    wanted += [
        ("TaxExclusiveTotalAmount", f"¥{truth['amount']}"),
        ("TaxTotalAmount", tax),
        ("TaxInclusiveTotalAmount", f"¥{truth['total']}"),
        ("Note", sample.further["remark"]),
        ("InvoiceClerk", sample.further["clerk"]),
    ]
    rows = ""
    left = [(number, run.text) for number, run in page if run.ink != BROWN]
    for tag, value in wanted:
        found = next((i for i, (_, text) in enumerate(left) if text == value), None)
        if value and found is not None:
            number, _ = left.pop(found)
            rows += f'<ofd:{tag}><ofd:ObjectRef PageRef="1">{number}</ofd:ObjectRef></ofd:{tag}>'
    return f"{_HEAD}<ofd:root {_OFD}>{rows}</ofd:root>"


def _attachments() -> str:
    return (
        f'{_HEAD}<ofd:Attachments {_OFD}><ofd:Attachment ID="9" Name="original_invoice" '
        'Format="xml" Visible="false"><ofd:FileLoc>original_invoice.xml</ofd:FileLoc>'
        "</ofd:Attachment></ofd:Attachments>"
    )


def _original_invoice(sample: Sample) -> str:
    truth, further = sample.truth, sample.further
    party = "".join(
        f"<fp:{tag}>"
        + _fp(
            {
                f"{tag}Name": truth[f"{side}_name"],
                f"{tag}TaxID": truth.get(f"{side}_tax_id", ""),
                f"{tag}AddrTel": further[f"{side}_address"],
                f"{tag}FinancialAccount": further[f"{side}_bank"],
            }
        )
        + f"</fp:{tag}>"
        for side, tag in (("buyer", "Buyer"), ("seller", "Seller"))
    )
    goods = "".join(
        "<fp:GoodsInfo>"
        + _fp({tag: item.get(key, "") for key, tag in _ITEM_TAGS.items()})
        + "</fp:GoodsInfo>"
        for item in sample.items
    )
    first = {
        "DocID": "01",
        "InvoiceCode": truth["code"],
        "InvoiceNo": truth["number"],
        "TypeCode": "0",
        "IssueDate": _day(truth["date"]),
        "InvoiceCheckCode": truth["check_code"],
        "MachineNo": further["machine"],
        "TaxControlCode": further["cipher"],
    }
    last = {
        "TaxInclusiveTotalAmount": truth["total"],
        "Note": further["remark"],
        "InvoiceClerk": further["clerk"],
        "Payee": further["payee"],
        "Checker": further["checker"],
        "TaxTotalAmount": truth["tax"],
        "TaxExclusiveTotalAmount": truth["amount"],
        "GraphCode": sample.codes[0],
    }
    return (
        f'{_HEAD}<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">'
        f"{_fp(first)}{party}{_fp(last)}<fp:GoodsInfos>{goods}</fp:GoodsInfos></eInvoice>"
    )


def _fp(values: dict[str, str]) -> str:
    return "".join(f"<fp:{tag}>{escape(value)}</fp:{tag}>" for tag, value in values.items())


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"
