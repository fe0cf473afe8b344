// Checks a history of registers with Porcupine and prints how long it took, for bench/run.ts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

type operation struct {
	Process int    `json:"process"`
	Key     string `json:"key"`
	Op      string `json:"op"`
	Value   int    `json:"value"`
	From    *int   `json:"from"`
	To      int    `json:"to"`
	Output  any    `json:"output"`
	Call    int64  `json:"call"`
	Return  *int64 `json:"return"`
}

type input struct {
	key   string
	op    string
	value int
	from  int
}

type output struct {
	unknown bool
	done    bool
	value   int
}

// An unset register; the workloads write nothing below -1.
const unset = -1 << 40

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		for _, operation := range history {
			key := operation.Input.(input).key
			byKey[key] = append(byKey[key], operation)
		}
		partitions := make([][]porcupine.Operation, 0, len(byKey))
		for _, operations := range byKey {
			partitions = append(partitions, operations)
		}
		return partitions
	},
	Init: func() any { return unset },
	Step: func(state, in, out any) (bool, any) {
		value, given, seen := state.(int), in.(input), out.(output)
		switch given.op {
		case "read":
			return seen.unknown || seen.value == value, state
		case "write":
			return true, given.value
		default:
			matches := value == given.from
			if !seen.unknown && seen.done != matches {
				return false, state
			}
			if matches {
				return true, given.value
			}
			return true, state
		}
	},
}

func read(path string) ([]porcupine.Operation, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var operations []operation
	if err := json.Unmarshal(text, &operations); err != nil {
		return nil, err
	}
	history := make([]porcupine.Operation, 0, len(operations))
	for _, o := range operations {
		in := input{key: o.Key, op: o.Op, value: o.Value, from: unset}
		if o.From != nil {
			in.from = *o.From
		}
		if o.Op == "cas" {
			in.value = o.To
		}
		back, out := int64(1)<<60, output{unknown: true}
		if o.Return != nil {
			back, out = *o.Return, output{value: unset}
			switch value := o.Output.(type) {
			case float64:
				out.value = int(value)
			case bool:
				out.done = value
			}
		}
		history = append(history, porcupine.Operation{
			ClientId: o.Process, Input: in, Output: out, Call: o.Call, Return: back,
		})
	}
	return history, nil
}

func main() {
	history, err := read(os.Args[1])
	if err != nil {
		panic(err)
	}
	runs, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	milliseconds, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	begin, limit := time.Now(), time.Duration(milliseconds)*time.Millisecond
	times := []float64{}
	var verdict porcupine.CheckResult
	for run := 0; run < runs || time.Since(begin) < limit; run++ {
		start := time.Now()
		verdict = porcupine.CheckOperationsTimeout(model, history, 20*time.Second)
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		if verdict == porcupine.Unknown {
			break
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	name := map[porcupine.CheckResult]string{"Ok": "ok", "Illegal": "illegal", "Unknown": "unknown"}
	report, err := json.Marshal(map[string]any{
		"verdict": name[verdict], "times": times, "megabytes": usage.Maxrss / 1024,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(report))
}
