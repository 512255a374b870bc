"""Settings that would trust more than one repository, environment or branch are refused."""

import pytest

from bootstrap.ci_settings import CiSettingError, CiSettings, prefix_of_project


def settings(**changes):
    good = {
        "account_id": "111122223333",
        "region": "eu-central-1",
        "name_prefix": "portcullis",
        "repository": "example/portcullis",
        "environments": ["prod"],
    }
    return CiSettings(**(good | changes))


def test_environments_and_branches_become_exact_subjects():
    assert settings(branches=["main"]).trusted_subjects == (
        "repo:example/portcullis:environment:prod",
        "repo:example/portcullis:ref:refs/heads/main",
    )


def test_another_ci_names_its_subjects():
    subjects = ["project_path:example/portcullis:ref_type:branch:ref:main"]
    made = settings(issuer="https://gitlab.example.com", subjects=subjects, repository="")
    assert made.trusted_subjects == tuple(subjects)


def test_the_reader_trusts_environments_of_its_own():
    assert settings().reader_subjects == ()
    assert settings(read_environments=["prod-read"]).reader_subjects == (
        "repo:example/portcullis:environment:prod-read",
    )
    another = settings(subjects=["main"], read_subjects=["merge"], read_environments=["dev-read"])
    assert another.reader_subjects == ("merge",)


@pytest.mark.parametrize(
    "changes",
    [
        {"account_id": "1111"},
        {"name_prefix": "*"},
        {"name_prefix": ""},
        {"name_prefix": "Orders"},
        {"name_prefix": "ci"},
        {"name_prefix": "ci-portcullis"},
        {"repository": ""},
        {"repository": "example/*"},
        {"repository": "*/portcullis"},
        {"repository": "example/portcullis:environment:prod"},
        {"environments": []},
        {"environments": ["*"]},
        {"environments": [""]},
        {"environments": [], "branches": ["release/*"]},
        {"issuer": "http://token.actions.githubusercontent.com"},
        {"issuer": "https://gitlab.example.com"},
        {"subjects": ["repo:example/portcullis:*"]},
        {"subjects": [""]},
        {"read_environments": ["*"]},
        {"subjects": ["exact"], "read_subjects": ["repo:*"]},
    ],
    ids=str,
)
def test_what_trusts_too_much_is_refused_with_the_command(changes):
    with pytest.raises(CiSettingError, match="pulumi config set"):
        settings(**changes)


def test_the_prefix_is_that_of_the_project_s_stacks(tmp_path):
    file = tmp_path / "Pulumi.yaml"
    file.write_text("name: My.Orders\n")
    assert prefix_of_project(file) == "my-orders"


@pytest.mark.parametrize("text", [None, "", "name: [", "name: 1", "runtime: python", "[]"])
def test_a_project_without_a_name_needs_the_setting(tmp_path, text):
    file = tmp_path / "Pulumi.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CiSettingError, match="pulumi config set namePrefix"):
        prefix_of_project(file)
