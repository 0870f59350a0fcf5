/**
 * What customers do in the demo shop, and what that makes its services do: the trace of one visit, and those its messages start.
 */
import {
  callGrpc,
  callHttp,
  callOutside,
  callRedis,
  consume,
  endHttpServer,
  GRPC,
  type GrpcCode,
  type HttpTarget,
  httpServer,
  publish,
  queryPostgres,
} from './protocols.ts';
import type { Random } from './random.ts';
import { KIND } from './span.ts';
import { type Trace, Work } from './work.ts';

const PRODUCTS = 500;
const ORDERS_TOPIC = 'orders';
/** The slow dependency: the carrier's rates, for five minutes of every thirty. */
const CARRIER = {
  host: 'rates.carrier.example',
  medianMs: 180,
  slowMs: 900,
  periodMs: 30 * 60_000,
  slowPartMs: 5 * 60_000,
};

type Page = readonly [
  share: number,
  target: (product: number) => HttpTarget,
  handle: (frontend: Work, product: number) => number,
];

const PAGES: readonly [Page, ...Page[]] = [
  [0.3, () => get('/', '/'), showHome],
  [0.3, (product) => get('/product/:id', `/product/${product}`), showProduct],
  [0.17, () => ({ method: 'POST', route: '/api/cart', path: '/api/cart' }), addToCart],
  [0.13, () => get('/cart', '/cart'), showCart],
  [0.1, () => ({ method: 'POST', route: '/api/checkout', path: '/api/checkout' }), checkOut],
];

/** Adds the spans of one visit that begins at `startUs` to `into.spans`. */
export function visit(into: Omit<Trace, 'traceId'>, startUs: number): void {
  const { random } = into;
  const [, target, handle] = choosePage(random);
  const product = 1 + random.below(PRODUCTS);
  const start = {
    service: 'frontend',
    kind: KIND.server,
    ...httpServer('frontend', target(product)),
  } as const;
  const frontend = new Work(newTrace(into), start, { nowUs: startUs });
  frontend.set('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0');
  frontend.spend(1);
  const status = handle(frontend, product);
  frontend.spend(1);
  endHttpServer(frontend, 'frontend', status);
  frontend.end();
}

function showHome(frontend: Work): number {
  const status = listProducts(frontend);
  recommend(frontend);
  frontend.inside(KIND.internal, 'render home', {}, (work) => work.spend(4));
  return status >= 500 ? 502 : 200;
}

function showProduct(frontend: Work, product: number): number {
  const status = findProduct(frontend, product);
  if (status !== 200) return status === 404 ? 404 : 502;
  callGrpc(frontend, { service: 'inventory', rpc: 'shop.Inventory/GetStock' }, (inventory) => {
    queryPostgres(inventory, { operation: 'SELECT', table: 'stock', medianMs: 2 });
    return GRPC.ok;
  });
  recommend(frontend);
  frontend.inside(KIND.internal, 'render product', {}, (work) => work.spend(3));
  return 200;
}

function addToCart(frontend: Work, product: number): number {
  if (findProduct(frontend, product) !== 200) return 404;
  callGrpc(frontend, { service: 'cart', rpc: 'shop.Cart/AddItem' }, (cart) => {
    callRedis(cart, 'HGETALL');
    callRedis(cart, 'HSET');
    return GRPC.ok;
  });
  return 201;
}

function showCart(frontend: Work): number {
  readCart(frontend);
  frontend.inside(KIND.internal, 'render cart', {}, (work) => work.spend(2));
  return 200;
}

function checkOut(frontend: Work, product: number): number {
  const code = callGrpc(frontend, { service: 'checkout', rpc: 'shop.Checkout/PlaceOrder' }, (checkout) => {
    readCart(checkout);
    findProduct(checkout, product);
    quoteShipping(checkout);
    const reserved = reserve(checkout);
    if (reserved !== GRPC.ok) return reserved;
    const paid = pay(checkout);
    if (paid !== GRPC.ok) return paid;
    callGrpc(checkout, { service: 'cart', rpc: 'shop.Cart/EmptyCart' }, (cart) => {
      callRedis(cart, 'DEL');
      return GRPC.ok;
    });
    sendOrder(checkout);
    return GRPC.ok;
  });
  if (code === GRPC.ok) return 200;
  return code === GRPC.failedPrecondition ? 402 : 503;
}

function listProducts(caller: Work): number {
  return callHttp(caller, { service: 'catalog', ...get('/products', '/products') }, (catalog) => {
    const isDown = caller.trace.random.chance(0.004);
    queryPostgres(
      catalog,
      { operation: 'SELECT', table: 'products', medianMs: isDown ? 900 : 6 },
      isDown ? 'canceling statement due to statement timeout' : undefined,
    );
    return isDown ? 500 : 200;
  });
}

function findProduct(caller: Work, product: number): number {
  return callHttp(
    caller,
    { service: 'catalog', ...get('/products/:id', `/products/${product}`) },
    (catalog) => {
      queryPostgres(catalog, { operation: 'SELECT', table: 'products', medianMs: 2 });
      return caller.trace.random.chance(0.01) ? 404 : 200;
    },
  );
}

function recommend(caller: Work): void {
  callGrpc(caller, { service: 'recommendation', rpc: 'shop.Recommendation/List' }, (recommendation) => {
    callRedis(recommendation, 'GET');
    recommendation.inside(KIND.internal, 'rank', { 'shop.candidates': 40 }, (work) => work.spend(5));
    return GRPC.ok;
  });
}

function readCart(caller: Work): void {
  callGrpc(caller, { service: 'cart', rpc: 'shop.Cart/GetCart' }, (cart) => {
    callRedis(cart, 'HGETALL');
    return GRPC.ok;
  });
}

function quoteShipping(caller: Work): void {
  callHttp(caller, { service: 'shipping', method: 'POST', route: '/quote', path: '/quote' }, (shipping) => {
    const isSlow = Math.floor(shipping.nowUs / 1000) % CARRIER.periodMs < CARRIER.slowPartMs;
    const medianMs = isSlow ? CARRIER.slowMs : CARRIER.medianMs;
    callOutside(shipping, { ...get('/v2/rates', '/v2/rates'), host: CARRIER.host, medianMs }, 200);
    return 200;
  });
}

function reserve(caller: Work): GrpcCode {
  return callGrpc(caller, { service: 'inventory', rpc: 'shop.Inventory/Reserve' }, (inventory) => {
    inventory.inside(KIND.internal, 'lock stock', {}, (work) => {
      queryPostgres(work, { operation: 'SELECT', table: 'stock', medianMs: 3 });
      queryPostgres(work, { operation: 'UPDATE', table: 'stock', medianMs: 4 });
    });
    return GRPC.ok;
  });
}

/** The payment provider is sometimes overloaded, which a retry mends, and sometimes declines a card, which it does not. */
function pay(caller: Work): GrpcCode {
  return callGrpc(caller, { service: 'payment', rpc: 'shop.Payment/Charge' }, (payment) => {
    const { random } = caller.trace;
    const charge = {
      method: 'POST',
      route: '/charges',
      path: '/charges',
      host: 'api.paygate.example',
      medianMs: 90,
    } as const;
    for (let resends = 0; random.chance(0.12); resends++) {
      callOutside(payment, { ...charge, resends }, 503);
      if (resends === 2) {
        payment.throwing('PaymentUnavailable', 'the payment provider is overloaded');
        return GRPC.unavailable;
      }
      payment.spend(50);
    }
    const isDeclined = random.chance(0.04);
    callOutside(payment, charge, isDeclined ? 402 : 201);
    if (isDeclined)
      payment.set(
        'shop.payment.decline_reason',
        random.pick(['insufficient_funds', 'expired_card', 'suspected_fraud']),
      );
    return isDeclined ? GRPC.failedPrecondition : GRPC.ok;
  });
}

/** Three consumers of one topic, linked the three ways that are common. */
function sendOrder(checkout: Work): void {
  const { trace } = checkout;
  const { random } = trace;
  const producer = publish(checkout, ORDERS_TOPIC);
  const links = [producer.link];
  const later = (medianMs: number): number => producer.nowUs + random.latencyUs(medianMs);
  const order = { topic: ORDERS_TOPIC, links };
  // In the producer's trace.
  consume(trace, { ...order, service: 'fraud-detection', nowUs: later(20), parent: producer }, (consumer) => {
    consumer.inside(KIND.internal, 'score order', {}, (work) => work.spend(12));
  });
  // In traces of their own, which only a link joins to the order.
  consume(newTrace(trace), { ...order, service: 'accounting', nowUs: later(40) }, (consumer) => {
    queryPostgres(consumer, { operation: 'INSERT', table: 'ledger', medianMs: 5 });
  });
  consume(newTrace(trace), { ...order, service: 'email', nowUs: later(200) }, (consumer) => {
    const isBounced = random.chance(0.02);
    callOutside(
      consumer,
      { method: 'POST', route: '/send', path: '/send', host: 'smtp.mailer.example', medianMs: 120 },
      isBounced ? 500 : 202,
    );
    if (isBounced) consumer.throwing('MailError', 'the mail could not be sent');
  });
}

function newTrace({ random, spans, traceState }: Omit<Trace, 'traceId'>): Trace {
  return { traceId: random.bytes(16), traceState, random, spans };
}

function choosePage(random: Random): Page {
  let rest = random.unit();
  for (const page of PAGES) {
    rest -= page[0];
    if (rest < 0) return page;
  }
  return PAGES[0];
}

function get(route: string, path: string): HttpTarget {
  return { method: 'GET', route, path };
}
