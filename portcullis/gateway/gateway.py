"""Takes a request through the gates of the resource graph, in AWS's order, without sockets.

TLS, default endpoint, custom domain, web ACL, route, throttle, API key, authorizer, validation,
integration. A gate that the graph lacks is absent. A feature that is not emulated stops the start.
"""

import time
from collections.abc import Callable, Mapping

from portcullis.gateway.exchange import (
    Endpoint,
    Exchange,
    Functions,
    Request,
    Response,
    Upstream,
    VerifyFailure,
)
from portcullis.gateway.gates.call import Call, new_call
from portcullis.gateway.gates.entrance import PLAIN, ApiEntrance, DomainEntrance, StagePath, host_of
from portcullis.gateway.gates.identity import client_certificate
from portcullis.gateway.gates.methods import Log, StageServices
from portcullis.gateway.gates.routing import BadPathError, canonical
from portcullis.gateway.gates.stage import Stage
from portcullis.gateway.resources.model import read_graph
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.graph.resource import Graph

Observe = Callable[[Exchange, Response], None]
_DEFAULT = Endpoint.DEFAULT  # to name a member takes Python 3.11 a call

# Reasons in AWS's execution log for a certificate chain that fails, captured; the numbers are
# OpenSSL's X509_V_ERR_*.
_AWS_REASONS = {
    18: "self signed certificate",
    19: "self signed certificate",
    20: "Could not find issuer for certificate",
    66: "Client cert using an insecure Signature Algorithm",
    67: "Client cert using an insecure Signature Algorithm",
    68: "Client cert using an insecure Signature Algorithm",
}


class Gateway:
    """Every domain, API and stage of one graph.

    ``access_log`` gets one line per call that reached a stage with an access log; ``observe`` gets
    every call with its response, whose ``layer`` is the gate that gave it.
    """

    def __init__(
        self,
        domains: Mapping[str, DomainEntrance],
        apis: Mapping[str, ApiEntrance],
        *,
        execution_log: Log,
        observe: Observe | None,
    ) -> None:
        self._domains = domains
        self._apis = apis
        self._log = execution_log
        self._observe = observe

    @classmethod
    def from_graph(
        cls,
        graph: Graph,
        *,
        functions: Functions,
        upstream: Upstream,
        access_log: Log,
        execution_log: Log = lambda _line: None,
        clock: Callable[[], float] = time.time,
        observe: Observe | None = None,
    ) -> "Gateway":
        """Compile every gate.

        Raises:
            UnsupportedError: the graph has a feature that would change a response and is not
                emulated; the message names the resource and the feature.
        """
        model = read_graph(graph)
        services = StageServices(
            graph=graph,
            web_acls=web_acls(graph, clock),
            functions=functions,
            upstream=upstream,
            access_log=access_log,
            execution_log=execution_log,
            clock=clock,
        )
        stages = [(stage, Stage(stage, services)) for stage in model.stages]
        apis = {
            api.id: ApiEntrance(api, {s.name: stage for s, stage in stages if s.api.id == api.id})
            for api in model.apis
        }
        domains = {d.spec.domain_name: DomainEntrance(d, apis) for d in model.domains}
        return cls(domains, apis, execution_log=execution_log, observe=observe)

    async def handle(self, request: Request) -> Response:
        """Always returns a response. A fault of the gateway is a 500; the call does not pass."""
        started = time.perf_counter()
        call = new_call(request)
        try:
            found = self._enter(call)
            if isinstance(found, Response):
                response = found
            else:
                call.access_log = found.stage.access_log
                response = await found.stage.answer(call, found.path)
        except Exception as error:  # noqa: BLE001 - the call must not pass, whatever failed
            self._log(f"({call.request_id}) Internal error: {type(error).__name__}")
            response = PLAIN.answer(call, "INTERNAL", reason=type(error).__name__)
        response.headers += (
            ("x-amzn-RequestId", call.request_id),
            ("x-amz-apigw-id", call.extended_request_id),
        )
        self._record(call, response, started)
        return response

    def _enter(self, call: Call) -> Response | StagePath:
        request = call.request
        host = host_of(request)
        is_default = request.endpoint is _DEFAULT
        refuse = self._refuse_default_endpoint if is_default else self._refuse_domain
        refusal = refuse(call, host)
        if refusal is not None:
            return refusal
        try:
            path = canonical(request.path)
        except BadPathError:
            return PLAIN.answer(call, "BAD_PATH")
        if is_default:
            api = self._api(host)
            return api.find_stage(call, path) if api else PLAIN.answer(call, "UNKNOWN_STAGE")
        return self._domains[host].find_stage(call, path)

    def _refuse_default_endpoint(self, call: Call, host: str) -> Response | None:
        api = self._api(host)
        if api is None:
            return PLAIN.answer(call, "UNKNOWN_STAGE", reason="no such API")
        if not api.model.has_default_endpoint:
            return PLAIN.answer(call, "DEFAULT_ENDPOINT_DISABLED")
        return None

    def _refuse_domain(self, call: Call, host: str) -> Response | None:
        """The certificate is checked before the host: an untrusted caller learns nothing else."""
        tls = call.request.tls
        domain = self._domains.get(host)
        if tls.client_certificate_pem is not None:
            call.certificate = client_certificate(tls.client_certificate_pem)
            call.context.update(call.certificate.context)
        if tls.verify_failure is not None and (domain is None or domain.has_truststore):
            return self._untrusted(call, domain, tls.verify_failure)
        if domain is None or (tls.server_name or "").lower().removesuffix(".") != host:
            return PLAIN.answer(call, "UNKNOWN_DOMAIN", reason="Host header or server name")
        if domain.has_truststore and call.certificate is None:
            # The listener already refuses this in the handshake; this is the second check.
            return PLAIN.answer(call, "UNTRUSTED_CERTIFICATE", reason="no client certificate")
        return None

    def _untrusted(
        self, call: Call, domain: DomainEntrance | None, failure: VerifyFailure
    ) -> Response:
        words = _AWS_REASONS.get(failure.code, failure.message)
        self._log(f"({call.request_id}) Access denied. Reason: {words}")
        stage = None if domain is None else domain.stage_for_log(call.request.path)
        if stage is not None:
            stage.set_context(call)
            call.access_log = stage.access_log
        return PLAIN.answer(call, "UNTRUSTED_CERTIFICATE", reason=failure.message)

    def _api(self, host: str) -> ApiEntrance | None:
        api = self._apis.get(host.partition(".")[0])
        if (
            api is None and len(self._apis) == 1
        ):  # on a laptop the host of the default endpoint is localhost
            return next(iter(self._apis.values()))
        return api

    def _record(self, call: Call, response: Response, started: float) -> None:
        context = call.context
        latency = (time.perf_counter() - started) * 1000
        call.timings_ms["total"] = latency
        context["status"] = str(response.status)
        context["responseLength"] = str(len(response.body))
        context["responseLatency"] = str(round(latency))
        if call.access_log is not None:
            call.access_log.write(context)
        if self._observe is not None:
            self._observe(call, response)
