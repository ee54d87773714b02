// Every entry as whoever installs the package has it: the built declarations, which the compiler looks into by default.
import type * as main from 'sidecarless'
import type * as express from 'sidecarless/express'
import type * as fastify from 'sidecarless/fastify'
import type * as manifests from 'sidecarless/manifests'
import type * as testing from 'sidecarless/testing'

export type Entries = [typeof main, typeof express, typeof fastify, typeof manifests, typeof testing]
