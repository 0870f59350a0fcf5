/** required_attributes by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/required-attributes.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a route, a method, a callee, a destination', () => {
  expectVerdicts(
    check,
    `web server http.request.method=GET http.route=/cart
     web server rpc.system=grpc rpc.method=Add
     web server rpc.system=connect_rpc http.request.method=POST http.route=/cart
     web client server.address=cart
     web client db.system.name=redis
     web producer messaging.destination.name=orders
     web consumer messaging.destination=orders`,
    ['web: 7 passed'],
  );
});

test('fails where it is missing', () => {
  expectVerdicts(
    check,
    `web server http.method=GET
     web server rpc.system=grpc
     web client http.request.method=GET
     web producer
     web consumer messaging.system=kafka`,
    ['web: 5 failed'],
  );
});

test('exempts what found no route, and judges neither INTERNAL spans nor servers of other protocols', () => {
  expectVerdicts(check, 'web server http.request.method=GET http.response.status_code=404', [
    'web: 1 exempt',
  ]);
  expectVerdicts(check, 'web server http.request.method=GET http.response.status_code=200', [
    'web: 1 failed',
  ]);
  expectVerdicts(check, 'web internal\nweb server', []);
});
