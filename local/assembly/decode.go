package assembly

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Decode resolves the resource's properties into the struct that v points to.
// A field takes the property of its own name, or of its json tag. Numbers and
// booleans may be written as strings, as CloudFormation allows. A field of
// type any takes whatever is there, so that is how a property is declared
// that is known and has no effect here. Properties without a field are
// returned as paths, such as CorsConfiguration.MaxAge. The error names the
// resource and the property.
func (r *Resource) Decode(v any) (unknown []string, err error) {
	return r.decode(r.properties, v)
}

// DecodeUpdatePolicy does the same with the resource's UpdatePolicy.
func (r *Resource) DecodeUpdatePolicy(v any) (unknown []string, err error) {
	return r.decode(r.updatePolicy, v)
}

func (r *Resource) decode(from map[string]any, v any) (unknown []string, err error) {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("assembly: Decode wants a pointer to a struct, got %T", v)
	}
	d := decoder{}
	properties := map[string]any{}
	for name, value := range from {
		if resolved := r.Stack.resolve(value); !isNoValue(resolved) {
			properties[name] = resolved
		}
	}
	if err := d.decode("", properties, target.Elem()); err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	sort.Strings(d.unknown)
	return d.unknown, nil
}

type decoder struct{ unknown []string }

func (d *decoder) decode(path string, from any, to reflect.Value) error {
	if to.Type() == reflect.TypeFor[json.RawMessage]() {
		data, err := json.Marshal(from)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		to.SetBytes(data)
		return nil
	}
	if to.Kind() == reflect.Interface {
		if from != nil {
			to.Set(reflect.ValueOf(from))
		}
		return nil
	}
	if u, failed := from.(unresolved); failed {
		return fmt.Errorf("%s: %w", path, u.err)
	}
	mismatch := fmt.Errorf("%s: want %s, got %s", path, kindOf(to), shown(from))
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return d.decode(path, from, to.Elem())
	case reflect.Struct:
		object, ok := from.(map[string]any)
		if !ok {
			return mismatch
		}
		return d.decodeStruct(path, object, to)
	case reflect.Slice:
		list, ok := from.([]any)
		if !ok {
			return mismatch
		}
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
		for i, element := range list {
			if err := d.decode(fmt.Sprintf("%s[%d]", path, i), element, to.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		object, ok := from.(map[string]any)
		if !ok {
			return mismatch
		}
		to.Set(reflect.MakeMapWithSize(to.Type(), len(object)))
		for key, element := range object {
			value := reflect.New(to.Type().Elem()).Elem()
			if err := d.decode(join(path, key), element, value); err != nil {
				return err
			}
			to.SetMapIndex(reflect.ValueOf(key), value)
		}
		return nil
	}
	text, err := scalar(from)
	if err != nil {
		return mismatch
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(text)
	case reflect.Bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return mismatch
		}
		to.SetBool(value)
	case reflect.Int, reflect.Int64:
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return mismatch
		}
		to.SetInt(value)
	case reflect.Float64:
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return mismatch
		}
		to.SetFloat(value)
	default:
		return fmt.Errorf("assembly: Decode cannot fill a %s (%s)", to.Type(), path)
	}
	return nil
}

func (d *decoder) decodeStruct(path string, object map[string]any, to reflect.Value) error {
	fields := map[string]reflect.Value{}
	for i := range to.NumField() {
		field := to.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		fields[name] = to.Field(i)
	}
	for name, value := range object {
		field, known := fields[name]
		if !known {
			d.unknown = append(d.unknown, join(path, name))
			continue
		}
		if err := d.decode(join(path, name), value, field); err != nil {
			return err
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func kindOf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "a number"
	}
	return "a string"
}
