"""Keys, certificates, revocation lists and truststores.

On disk, below the paths of ``layout``: ``laptop`` (all that a local stack needs), ``hierarchy``
(root and issuing CA), ``issuance``, ``revocation``. In memory: ``authority``, ``pfx``, ``facts``,
``truststore`` (lint and bundle), ``forge`` (certificates that a gateway must refuse).
"""
