// Verifies credentials with an implementation that is not Jalon's, and without a network.
//
// Standard input: {"documents": {url: document}, "credentials": [credential], "now": "2027-07-01T00:00:00Z"}.
// `documents` is all there is: contexts, DID document, status list. Standard output: for each credential, whether its
// proof holds, whether its status list could be read, and what that says ("status" true: withdrawn).
import {readFileSync} from 'node:fs';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {verifyCredential} from '@digitalbazaar/vc';

const {documents, credentials, now} = JSON.parse(readFileSync(0, 'utf8'));

const documentLoader = async url => {
  const document = documents[url];
  if(!document) {
    throw new Error(`not given, and nothing is fetched: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
};

const reasons = error => error ? [error.message, ...(error.errors ?? []).flatMap(reasons)] : [];

const results = [];
for(const credential of credentials) {
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await verifyCredential({
    credential, suite, documentLoader, checkStatus, now: new Date(now)
  });
  results.push({
    verified: result.verified,
    proof: result.results?.every(one => one.verified) ?? false,
    status: result.statusResult?.results?.[0]?.status ?? null,
    reasons: [...reasons(result.error), ...reasons(result.statusResult?.error)]
  });
}
process.stdout.write(JSON.stringify(results));
