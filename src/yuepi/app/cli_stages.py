"""The commands of stages, as click takes them. They speak to a running server."""

from __future__ import annotations

from typing import Any

import click

from yuepi.app.cli_claims import server, server_of


@click.group()
def stages() -> None:
    """How far the machine decides alone, and the evidence for it."""


@stages.command("list")
@server
def stages_list(**given: Any) -> int:
    """Show all rules with the evidence for and against them."""
    from yuepi.app.commands.stages import list_stages

    return list_stages(server_of(given))


@stages.command("set")
@click.argument("stage", type=click.Choice(["assist", "partial", "full"]))
@click.option("--kind", default="*", show_default=True, help="Of which kind of paper.")
@click.option("--tier", default="*", show_default=True, help="Of which quality.")
@click.option("--category", default="*", show_default=True, help="Of which category of claims.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option(
    "--bar", type=click.FloatRange(0, 1, True, True), help="The precision to prove, such as 0.99."
)
@click.option("--sample", type=click.FloatRange(0, 1), help="The share to check again, blind.")
@click.option("--amount-max", metavar="YUAN", help="The most that the machine approves alone.")
@server
def stages_set(
    stage: str,
    kind: str,
    tier: str,
    category: str,
    reason: str,
    bar: float | None,
    sample: float | None,
    amount_max: str | None,
    **given: Any,
) -> int:
    """Write the rule of a kind, quality and category; for administrators.

    What is left out stays as that rule, or where there is none the rule for all (*), has it. More
    automation needs evidence: `stages list` says how much is missing.
    """
    from yuepi.app.commands.stages import Rule, set_stage

    changes = {"bar": bar, "sample_share": sample, "amount_max": amount_max}
    return set_stage(server_of(given), Rule(stage, kind, tier, category, reason), changes)


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    commands.add_command(stages)
