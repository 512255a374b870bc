"""Cross-site scripting: attacks on pages."""

import re

from portcullis.gateway.waf.injection import Expressions, InjectionDetector
from portcullis.gateway.waf.libinjection import Libinjection

# Event handlers of HTML and SVG; other words that begin with "on" do not count.
_EVENTS = (
    r"(?:abort|activate|after\w{3,12}|animation\w{3,9}|auxclick|before\w{3,14}|begin|blur|bounce|"
    r"cancel|canplay\w{0,7}|change|click|close|contextmenu|copy|cuechange|cut|dblclick|deactivate|"
    r"drag\w{0,5}|drop|durationchange|emptied|ended|end|error|finish|focus\w{0,3})",
    r"(?:formdata|fullscreenchange|gotpointercapture|hashchange|input|invalid|key(?:down|press|up)|"
    r"load\w{0,10}|lostpointercapture|message\w{0,5}|mouse\w{2,6}|offline|page(?:hide|show)|paste|"
    r"pause|play\w{0,3}|pointer\w{2,12}|popstate|progress|propertychange|ratechange)",
    r"(?:readystatechange|repeat|reset|resize|scroll\w{0,10}|search|securitypolicyviolation|"
    r"seeked|seeking|select\w{0,15}|show|slotchange|stalled|start|storage|submit|suspend|"
    r"timeupdate|toggle|touch\w{3,6}|transition\w{3,6}|unhandledrejection|unload|volumechange|"
    r"waiting|webkit\w{3,24}|wheel)",
)
_ATTRIBUTE = r"(?:^|[\s\"'`/<>\x00])"
_BREAK = r"[\t\r\n\x00]*"  # a browser takes these out of a URL
_SCRIPT = rf"(?:j{_BREAK}a{_BREAK}v{_BREAK}a|v{_BREAK}b|live){_BREAK}script{_BREAK}:"
_CROSS_SITE: Expressions = (
    (
        ("<",),
        # Not those of rich text, such as img; a name with a hyphen is an element of one's own.
        r"<[\x00/]*(?:script|iframe|object|embed|applet|meta|link|base|svg|math|style|frameset|"
        r"frame|marquee|isindex|xml|xss|animate|noscript|keygen|bgsound|layer)(?![\w-])",
    ),
    *((("=",), rf"{_ATTRIBUTE}on{events}[\s\x00]*=") for events in _EVENTS),
    (("script",), rf"{_SCRIPT}\s*(?://[^\r\n]{{0,60}}[\r\n])?[\w.$\[\]'\"/*%\\-]{{0,60}}[(=`]"),
    (("script",), rf"[=(\"'`]\s*{_SCRIPT}"),
    (
        ("data:",),
        r"\bdata:\s*text/html\s*(?:;\s*(?:base64|charset)|,\s*(?:<|%3c))|\bdata:text/html,",
    ),
    (("<",), r"<\s*!\s*(?:doctype|entity|\[cdata\[)"),
    (("<?",), r"<\?\s*(?:import|xml-stylesheet)\b"),
    (
        ("document.", "window."),
        r"\bdocument\.(?:cookie|domain)\b|\bdocument\.write(?:ln)?\s*\(|"
        r"\b(?:document|window)\.location\s*(?:=|\.\w{1,20}\s*[=(])",
    ),
    (("u003c", "x3c"), r"\\(?:u00|x)3c\s*/?\s*(?:script|img|svg|iframe|body|object|embed)\b"),
    (("expression(", "-moz-binding"), r":\s*expression\(|-moz-binding\s*:"),
)

# libinjection takes the declaration of an XML document for an attack.
_XML_DECLARATION = re.compile(rb"\s*<\?xml\s[^<>]{0,200}\?>", re.IGNORECASE)


def _by_engine(engine: Libinjection, text: bytes) -> bool:
    declaration = _XML_DECLARATION.match(text)
    return engine.is_cross_site_scripting(text[declaration.end() :] if declaration else text)


CROSS_SITE_SCRIPTING = InjectionDetector("cross-site scripting", _CROSS_SITE, _by_engine)
