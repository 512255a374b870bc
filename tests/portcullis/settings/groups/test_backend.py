"""The backend's timeout and the stage's throttle."""

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import good, require_mended

FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:orders:live"
ALB = (
    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/orders/"
    "50dc6c495c0c9188"
)
REFUSED = {
    "timeout zero": {"portcullis:backendTimeoutSeconds": "0"},
    "timeout above AWS's limit": {"portcullis:backendTimeoutSeconds": "30"},
    "no backend": {"portcullis:backendUrl": ""},
    "two backends": {"portcullis:backendFunctionArn": FUNCTION},
    "a function's name": {"portcullis:backendUrl": "", "portcullis:backendFunctionArn": "orders"},
    "a function of another region": {
        "portcullis:backendUrl": "",
        "portcullis:backendFunctionArn": FUNCTION.replace("eu-central-1", "eu-west-1"),
    },
    "a function of another account": {
        "portcullis:backendUrl": "",
        "portcullis:backendFunctionArn": FUNCTION.replace("111122223333", "444455556666"),
    },
    "a VPC link's name": {"portcullis:backendVpcLinkId": "Orders link"},
    "a VPC link to a function": {
        "portcullis:backendUrl": "",
        "portcullis:backendFunctionArn": FUNCTION,
        "portcullis:backendVpcLinkId": "abc123",
    },
    "a load balancer without a link": {"portcullis:backendLoadBalancerArn": ALB},
    "a classic load balancer": {
        "portcullis:backendVpcLinkId": "abc123",
        "portcullis:backendLoadBalancerArn": ALB.replace("app/orders/50dc6c495c0c9188", "orders"),
    },
    "a load balancer of another account": {
        "portcullis:backendVpcLinkId": "abc123",
        "portcullis:backendLoadBalancerArn": ALB.replace("111122223333", "444455556666"),
    },
    "certificate name": {"portcullis:backendCertificates": '["First"]'},
    "certificate twice": {"portcullis:backendCertificates": '["first","first"]'},
    "four certificates": {"portcullis:backendCertificates": '["a","b","c","d"]'},
    "throttle rate": {"portcullis:throttleRate": "0"},
    "throttle burst": {"portcullis:throttleBurst": "5001"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_a_private_address_is_accepted_behind_a_vpc_link():
    private = {"backend_url": "https://10.0.0.7:8443/orders"}
    assert good(**private, backend_vpc_link_id="abc123", backend_load_balancer_arn=ALB)
    with pytest.raises(SettingError, match="not on the internet"):
        good(**private)
