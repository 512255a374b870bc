// An Orders API behind the four gates. The class comes from the component package:
// `pulumi install` generates it into sdks/.
import * as portcullis from "@pulumi/portcullis";

const orders = new portcullis.GuardedApi("orders", {
  prefix: "orders-dev",
  place: { region: "eu-central-1", accountId: "111122223333" },
  stageName: "dev",
  domain: "orders.example.com",
  hostedZoneId: "Z0123456789ABCDEFGHIJ",
  truststoreFile: "truststore.pem",
  allowedCidrs: ["203.0.113.0/24"],
  contractFile: "../orders.openapi.yaml",
  clientsFile: "../clients.yaml",
  audience: "orders",
  backendUrl: "https://orders.internal.example.com",
  alarmEmails: ["oncall@example.com"],
});

export const url = orders.url;
export const jwks = orders.jwks;
