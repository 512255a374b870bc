"""Keys, certificates and truststores: who a client is, and what a gateway may believe.

On disk, below the paths of ``layout``: ``laptop`` (all that a local stack needs), ``hierarchy``
(root and issuing CA), ``issuance``, ``revocation``. In memory: ``authority``, ``pfx``, ``facts``,
``truststore`` (lint and bundle), ``forge`` (what a gateway must refuse).
"""
