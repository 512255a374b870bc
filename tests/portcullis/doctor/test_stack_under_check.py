"""Settings are reported group by group; a refused one hides no other."""

import pytest

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.stack_under_check import read_stack
from portcullis.settings.project import ProjectError


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_the_stacks_of_this_project_are_accepted(project, stack):
    read, lines = read_stack(project, stack)
    assert [line.health for line in lines] == [Health.OK]
    assert read.deploys == (stack != "local")


def test_every_refused_setting_has_its_line(project):
    path = project / "Pulumi.dev.yaml"
    text = path.read_text().replace("eu-central-1", "Frankfurt")
    path.write_text(text.replace("api.dev.example.com", "https://api.dev.example.com"))
    read, lines = read_stack(project, "dev")
    assert {line.health for line in lines} == {Health.FAIL}
    assert any("aws:region" in line.found for line in lines)
    assert any("portcullis:domain" in line.found for line in lines)
    assert (read.location, read.domain) == (None, None)
    assert read.clients is not None


def test_settings_that_do_not_fit_together_are_a_failure(project):
    path = project / "Pulumi.dev.yaml"
    own_certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1"
    path.write_text(
        path.read_text().replace(
            "portcullis:hostedZoneId: Z0123456789DEVEXAMPLE",
            f"portcullis:shield: advanced\n  portcullis:certificateArn: {own_certificate}",
        )
    )
    read, lines = read_stack(project, "dev")
    assert [line.health for line in lines] == [Health.FAIL]
    assert "shield" in lines[0].found
    assert read.domain is not None


def test_a_malformed_file_is_a_failure(project):
    (project / "Pulumi.dev.yaml").write_text("config: [")
    read, lines = read_stack(project, "dev")
    assert [line.health for line in lines] == [Health.FAIL]
    assert read.location is None


def test_a_stack_without_a_file_is_an_error_that_lists_the_others(project):
    with pytest.raises(ProjectError, match="prod, staging"):
        read_stack(project, "nope")
