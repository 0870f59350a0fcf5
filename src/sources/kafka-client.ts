/**
 * In: how to reach Kafka. Out: a kafkajs client that logs to Weir's logger alone, verifies TLS, and never sends a password in the clear unless told to.
 * What cannot work is refused here, before the first connection, with the setting's name and the cure.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Kafka, logLevel, type KafkaConfig, type LogEntry } from 'kafkajs';
import { openSocket } from './kafka-socket.ts';

export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId?: string | undefined;
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
  /** Allows SASL PLAIN without TLS: the password crosses the network in the clear. */
  readonly insecure?: boolean | undefined;
}

/** Paths of PEM files. Without `caFile` the system's authorities are trusted. */
export interface KafkaTls {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** False accepts any certificate: for tests only. */
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** What pino offers, and all Kafka needs of it. */
export interface KafkaLogger {
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}

/** Kafka cannot be used as asked. The message names the place and the cure. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: 'kafka_config' | 'kafka_unreachable' | 'kafka_refused';
  /** The same may work later, with nothing changed here. */
  readonly retryable: boolean;

  constructor(code: KafkaError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = code === 'kafka_unreachable';
  }
}

export function createClient(connection: KafkaConnection, logger: KafkaLogger): Kafka {
  const { brokers, tls, sasl } = connection;
  if (brokers.length === 0)
    throw new KafkaError('kafka_config', 'kafka.brokers is empty: name at least one host:port');
  if (sasl?.mechanism === 'plain' && tls === undefined && connection.insecure !== true) {
    throw new KafkaError(
      'kafka_config',
      'kafka.sasl is plain without TLS: the password would be readable. Set kafka.tls, or kafka.insecure: true',
    );
  }
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId: connection.clientId ?? 'weir',
    connectionTimeout: 5_000,
    socketFactory: openSocket,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      forward(entry, logger);
    },
    ...(tls === undefined ? {} : { ssl: readTls(tls) }),
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
  };
  return new Kafka(config);
}

/** Says what went wrong with Kafka in Weir's words; kafkajs wraps causes several deep. */
export function kafkaError(error: unknown, connection: KafkaConnection): KafkaError {
  if (error instanceof KafkaError) return error;
  let root: unknown = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  const { name, message } = root instanceof Error ? root : { name: '', message: String(root) };
  const place = `Kafka at ${connection.brokers.join(', ')}`;
  if (/SASL|AUTH/i.test(name) || /SASL|authoriz/i.test(message)) {
    return new KafkaError(
      'kafka_refused',
      `${place} refused: ${message}. Check kafka.sasl and the broker's ACLs`,
      error,
    );
  }
  return new KafkaError(
    'kafka_unreachable',
    `${place}: ${message}. Check kafka.brokers, kafka.tls and that a broker runs there`,
    error,
  );
}

function readTls(tls: KafkaTls): NonNullable<KafkaConfig['ssl']> {
  return {
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(tls.caFile === undefined ? {} : { ca: [readPem('caFile', tls.caFile)] }),
    ...(tls.certFile === undefined ? {} : { cert: readPem('certFile', tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readPem('keyFile', tls.keyFile) }),
  };
}

function readPem(key: keyof KafkaTls, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const otherwise = key === 'caFile' ? ", or leave it out to trust Node.js's authorities" : '';
    throw new KafkaError(
      'kafka_config',
      `kafka.tls.${key}: cannot read ${resolve(path)} (${code ?? message}); name a PEM file that Weir may read${otherwise}`,
      error,
    );
  }
}

/** Who in kafkajs reports each attempt to reach a broker, several times a second: Weir itself says what came of them. */
const ATTEMPTS: readonly string[] = ['Connection', 'BrokerPool'];

/** Said of producers whose retries end, as ours do: KafkaProducer tries again itself, and what may then be there twice is known by its position or key. */
const REMARK = 'Limiting retries for the idempotent producer';

function forward(entry: LogEntry, logger: KafkaLogger): void {
  const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...details } = entry.log;
  const object = { namespace: entry.namespace, ...details };
  const text = `kafkajs: ${message}`;
  const isGrave = entry.level === logLevel.ERROR || entry.level === logLevel.WARN;
  if (isGrave && !ATTEMPTS.includes(entry.namespace) && !message.startsWith(REMARK))
    logger.warn(object, text);
  else logger.debug(object, text);
}
