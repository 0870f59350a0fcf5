/** low_cardinality_name by example. */
import { expect, test } from 'vitest';
import check from '../../../operators/quality/low-cardinality-name.ts';
import { qualitySpans, verdictsOf } from '../../support/quality-text.ts';

test.each([
  'GET /products/{id}',
  'GET /product/:id',
  'GET /api/v2/items',
  'shop.Cart/AddItem',
  'SELECT shop.orders2',
  'HTTP GET',
  'status 404',
  'POST /orders/{id}:cancel',
  'is /cart empty?',
  'sha256 of deadbeefcafebabe',
  'process orders',
])('passes %s', (name) => {
  expect(verdictsOf(check, qualitySpans(`"${name}" web server`))).toEqual(['web: 1 passed']);
});

test.each([
  'GET /products/123',
  'GET /products/7/edit',
  'GET https://shop.example/cart',
  'GET /search?q=shoes',
  'GET /search?all',
  'GET /orders/12?',
  'GET /orders/12#items',
  'GET /orders/12,13',
  'POST /orders/12:cancel',
  'user 20817',
  'job 9f8b3c2d-1a2b-4c3d-8e9f-0a1b2c3d4e5f',
  'lock 0123456789abcdef0',
  'mail to ada@example.org',
  'empty-span-name',
  'x'.repeat(201),
])('fails %s', (name) => {
  expect(verdictsOf(check, qualitySpans(`"${name}" web server`))).toEqual(['web: 1 failed']);
});
