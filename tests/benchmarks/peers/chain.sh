#!/bin/sh
# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The chain by hand: az and kubectl, one command after the other, each waited for by the tool's own means.
# Takes GROUP, CLUSTER, POOL, VM_SIZE, TAINT and KUBECONFIG from the environment; az is signed in.
set -eu
here=$(dirname "$0")

az provider register --namespace Microsoft.ContainerService --output none
az group create --name "$GROUP" --location eastus --output none
az aks create --resource-group "$GROUP" --name "$CLUSTER" --node-vm-size Standard_DS2_v2 --node-count 1 --output none
az aks nodepool add --resource-group "$GROUP" --cluster-name "$CLUSTER" --name "$POOL" --node-vm-size "$VM_SIZE" --node-count 1 \
  --node-taints "$TAINT" --enable-cluster-autoscaler --min-count 1 --max-count 3 --output none
az aks get-credentials --resource-group "$GROUP" --name "$CLUSTER" --file "$KUBECONFIG" --overwrite-existing

kubectl create namespace gpu-resources
kubectl apply --filename "$here/device-plugin.yaml"
kubectl wait node --selector agentpool="$POOL" --for='jsonpath={.status.allocatable.nvidia\.com/gpu}=1' --timeout=900s
kubectl describe node --selector agentpool="$POOL"

kubectl apply --filename "$here/mnist.yaml"
kubectl wait job/samples-tf-mnist-demo --for=condition=complete --timeout=1800s
kubectl get pods --selector app=samples-tf-mnist-demo
kubectl logs job/samples-tf-mnist-demo
