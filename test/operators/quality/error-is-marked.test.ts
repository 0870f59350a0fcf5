/** error_is_marked by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/error-is-marked.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a failure with status error, by HTTP and by gRPC, by either name', () => {
  expectVerdicts(
    check,
    `web server x http.response.status_code=500
     web client x http.status_code=404
     web client x rpc.grpc.status_code=9
     web server x rpc.grpc.status_code=14`,
    ['web: 4 passed'],
  );
});

test('fails one without it', () => {
  expectVerdicts(check, 'web server http.response.status_code=503', ['web: 1 failed']);
  expectVerdicts(check, 'web client http.response.status_code=400', ['web: 1 failed']);
  expectVerdicts(check, 'web client rpc.grpc.status_code=5', ['web: 1 failed']);
});

test('exempts what an application set to ok', () => {
  expectVerdicts(check, 'web client ok http.response.status_code=404', ['web: 1 exempt']);
});

test('does not judge successes, a client’s faults on the server, other kinds, or codes that are none', () => {
  expectVerdicts(
    check,
    `web server http.response.status_code=200
     web server http.response.status_code=404
     web server rpc.grpc.status_code=5
     web internal http.response.status_code=500
     web client rpc.grpc.status_code=0
     web client http.response.status_code=5xx
     web client http.response.status_code=999
     web client`,
    [],
  );
});
