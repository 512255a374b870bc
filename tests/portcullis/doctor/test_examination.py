"""All checks of a stack in one report."""

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.examination import AWS_CHECKS, DATED_CHECKS, examine

AWS = {"credentials", *AWS_CHECKS, *DATED_CHECKS}


def aws_lines(project, stack, tmp_path):
    return [line for line in examine(project, stack, tmp_path) if line.check in AWS]


def test_without_credentials_every_aws_line_is_skipped(project, tmp_path, no_credentials):
    lines = aws_lines(project, "dev", tmp_path)
    assert {line.check for line in lines} == AWS
    assert {(line.health, line.found) for line in lines} == {(Health.SKIPPED, "no credentials")}


def test_the_laptop_needs_no_aws_account(project, tmp_path, no_credentials):
    lines = aws_lines(project, "local", tmp_path)
    assert {line.health for line in lines} == {Health.SKIPPED}


def test_with_credentials_every_check_has_a_line(project, tmp_path, aws):
    lines = aws_lines(project, "dev", tmp_path)
    # moto has no GetAccountSettings, which the report must survive; dev has no rate plans
    assert {line.check for line in lines} == AWS - {"api keys"}
    assert {line.check for line in lines if line.health is Health.FAIL} >= {"hosted zone"}


def test_refused_settings_leave_the_other_checks(project, tmp_path, no_credentials):
    path = project / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("eu-central-1", "Frankfurt"))
    lines = list(examine(project, "dev", tmp_path))
    assert {line.check for line in lines} >= {"python", "settings", "clients", "ports"}
    assert {line.health for line in lines if line.check in AWS} == {Health.SKIPPED}
