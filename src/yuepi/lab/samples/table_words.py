"""What the sample tables talk about; all of it invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language."""

    table: str
    stop: str
    item: str
    year: str
    total: str
    note: str
    glue: str
    plan: str
    titles: tuple[str, ...]
    measures: tuple[str, ...]
    labels: tuple[str, ...]
    goods: tuple[tuple[str, str], ...]
    list_heads: tuple[str, str, str, str, str]
    plan_heads: tuple[str, str, str, str]
    areas: tuple[str, ...]
    prose: tuple[str, ...]


ZH = Tongue(
    table="表",
    stop="  ",
    item="项目",
    year="年",
    total="合计",
    note="注：数据为抽样结果，四舍五入后分项之和可能与合计不等。",
    glue="",
    plan="年度工作安排",
    titles=("各站点运行情况统计", "主要指标对比", "分部门完成情况", "样品检测结果"),
    measures=("数量", "占比", "均值", "同比", "完成量", "标准差"),
    labels=(
        "设备维护",
        "日常巡检",
        "员工培训",
        "软件升级与数据迁移",
        "仓库整理",
        "客户回访",
        "安全演练",
        "线路改造",
        "资料归档",
        "空调清洗",
        "网络扩容",
        "消防检查",
        "办公家具更换",
        "绿化养护",
        "车辆保养",
    ),
    goods=(
        ("移动工作台", "钢制框架，台面可升降，附两个插座和一个抽屉"),
        ("便携投影仪", "亮度三千流明，支持无线投屏，含遥控器、电源线和收纳包"),
        ("标签打印机", "热敏打印"),
        ("温湿度记录仪", "每十分钟记录一次，可导出表格，电池可用两年"),
        ("静音碎纸机", "一次八张，桶容量二十升"),
        ("会议音箱", "六米拾音，自动降噪，可两台级联"),
        ("折叠推车", "承重一百五十公斤"),
    ),
    list_heads=("序号", "名称", "说明", "数量", "单价"),
    plan_heads=("板块", "内容", "日期", "预算"),
    areas=("基础设施", "人员", "信息系统", "对外合作"),
    prose=(
        "本次统计覆盖全部站点，时间范围为上一自然年度。",
        "从结果看，多数指标保持平稳，个别项目因改造推迟而低于预期。",
        "下面列出主要结果，供各部门安排下一阶段工作时参考。",
        "各项数据由站点自行填报，经复核后汇总。",
    ),
)
EN = Tongue(
    table="Table",
    stop=". ",
    item="Item",
    year="",
    total="Total",
    note="Note: figures are rounded, so parts may not add up to the total.",
    glue=" ",
    plan="Schedule for the year",
    titles=(
        "Visits and results by site",
        "Main measures compared",
        "Progress by department",
        "Samples tested at the plant",
    ),
    measures=("Count", "Share", "Mean", "Change", "Median", "SD"),
    labels=(
        "Maintenance",
        "Daily inspection",
        "Staff training",
        "Software upgrade and data migration",
        "Warehouse",
        "Customer visits",
        "Safety drill",
        "Line renewal",
        "Filing",
        "Air conditioning",
        "Network",
        "Fire check",
        "Office furniture",
        "Gardens",
        "Vehicles",
    ),
    goods=(
        ("Mobile desk", "Steel frame, adjustable top, two sockets and a drawer"),
        ("Projector", "3000 lumen, wireless, with remote control, cable and a bag"),
        ("Label printer", "Thermal print"),
        ("Climate logger", "Logs every ten minutes, exports tables, battery for two years"),
        ("Quiet shredder", "Eight sheets at a time, bin of twenty litres"),
        ("Speakerphone", "Hears six metres, cancels noise, two can be linked"),
        ("Folding cart", "Carries 150 kg"),
    ),
    list_heads=("No.", "Name", "Description", "Qty", "Price"),
    plan_heads=("Area", "Step", "Date", "Budget"),
    areas=("Buildings", "People", "Systems", "Partners"),
    prose=(
        "The survey covers all sites and the whole of the last calendar year.",
        "Most measures were stable; some fell short because works had been put off.",
        "The main results are listed below for the planning of the next period.",
        "Figures were given by the sites and checked before they were added up.",
    ),
)
