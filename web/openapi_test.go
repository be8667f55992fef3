package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// openAPI is what is held against the handlers of openapi.json.
type openAPI struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Schema   openSchema
		}
		RequestBody struct {
			Content map[string]struct{ Schema openSchema }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema openSchema }
		}
	}
	Components struct{ Schemas map[string]openSchema }
}

type openSchema struct {
	Ref        string `json:"$ref"`
	Type       string
	Properties map[string]openSchema
	Items      *openSchema
	Values     *openSchema `json:"additionalProperties"`
}

// TestOpenAPI: the document has each endpoint with its parameters and types, and nothing else.
func TestOpenAPI(t *testing.T) {
	text, err := files.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc openAPI
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"Error": true}
	for _, e := range endpoints {
		method := strings.ToLower(e.method)
		op, found := doc.Paths[e.path][method]
		if !found {
			t.Errorf("%s %s is not in the document", e.method, e.path)
			continue
		}
		delete(doc.Paths[e.path], method)
		var query []string
		for _, p := range op.Parameters {
			if p.In == "query" {
				query = append(query, p.Name)
			} else if !strings.Contains(e.path, "{"+p.Name+"}") {
				t.Errorf("%s %s: parameter %s is not in the path", e.method, e.path, p.Name)
			}
		}
		if !slices.Equal(slices.Sorted(slices.Values(query)), slices.Sorted(slices.Values(e.query))) {
			t.Errorf("%s %s: parameters %v in the document, %v in the handler", e.method, e.path, query, e.query)
		}
		name := e.method + " " + e.path
		doc.hold(t, name+": body", op.RequestBody.Content["application/json"].Schema, e.body, used)
		doc.hold(t, name+": answer", op.Responses["200"].Content["application/json"].Schema, e.answer, used)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			t.Errorf("%s %s is in the document, and no handler answers it", method, path)
		}
	}
	for name := range doc.Components.Schemas {
		if !used[name] {
			t.Errorf("schema %s is of no use", name)
		}
	}
}

// hold compares a schema with the type of a value.
func (d *openAPI) hold(t *testing.T, where string, s openSchema, value any, used map[string]bool) {
	t.Helper()
	if value == nil {
		if s.Ref != "" {
			t.Errorf("%s: in the document, and not in the handler", where)
		}
		return
	}
	d.holdType(t, where, s, reflect.TypeOf(value), used)
}

func (d *openAPI) holdType(t *testing.T, where string, s openSchema, is reflect.Type, used map[string]bool) {
	t.Helper()
	for is.Kind() == reflect.Pointer {
		is = is.Elem()
	}
	if kind := jsonKind(is); s.Ref == "" && s.Type != kind || s.Ref != "" && kind != "object" {
		t.Errorf("%s: a %s%s in the document, a %s (%v) in the handler", where, s.Type, s.Ref, kind, is)
		return
	}
	switch {
	case s.Items != nil:
		d.holdType(t, where+"[]", *s.Items, is.Elem(), used)
	case s.Values != nil:
		d.holdType(t, where+"{}", *s.Values, is.Elem(), used)
	case s.Ref != "":
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		if used[name] {
			return
		}
		used[name] = true
		fields := map[string]reflect.Type{}
		for i := range is.NumField() {
			if tag, _, _ := strings.Cut(is.Field(i).Tag.Get("json"), ","); tag != "-" && is.Field(i).IsExported() {
				if tag == "" {
					tag = is.Field(i).Name
				}
				fields[tag] = is.Field(i).Type
			}
		}
		properties := d.Components.Schemas[name].Properties
		if have, want := slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(fields)); !slices.Equal(have,
			want) {
			t.Errorf("%s: schema %s has %v, the type %v has %v", where, name, have, is, want)
			return
		}
		for field, p := range properties {
			d.holdType(t, where+"."+field, p, fields[field], used)
		}
	}
}

// jsonKind returns what a type becomes in JSON.
func jsonKind(is reflect.Type) string {
	if _, ok := reflect.New(is).Interface().(interface{ MarshalText() ([]byte, error) }); ok ||
		is == reflect.TypeFor[time.Time]() {
		return "string"
	}
	switch is.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return "integer"
}
