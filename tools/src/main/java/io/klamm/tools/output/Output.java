/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --json} of commands that print data, and the printing. */
public final class Output {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .setDefaultPropertyInclusion(JsonInclude.Include.ALWAYS);

    private static final ObjectMapper JSON_LINE = new ObjectMapper();

    /** Not to be closed: standard output belongs to the process. */
    private static final OutputStream STANDARD_OUTPUT = new FileOutputStream(FileDescriptor.out);

    @Option(names = "--json", description = "Print JSON, for scripts.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public boolean isJson() {
        return json;
    }

    public PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Where progress goes, so that standard output stays data. */
    public PrintWriter progress() {
        return spec.commandLine().getErr();
    }

    /** Prints {@code data} as JSON when asked for, else {@code text}. */
    public void print(Object data, Object text) {
        if (json) {
            out().println(write(JSON, data));
        } else {
            String printed = text.toString();
            out().print(printed.endsWith("\n") || printed.isEmpty() ? printed : printed + "\n");
        }
        out().flush();
    }

    /** One JSON value on one line. */
    public void printLine(Object data) {
        out().println(write(JSON_LINE, data));
    }

    /** Bytes as they are, on standard output. */
    public void printBytes(byte[] bytes) throws IOException {
        out().flush();
        STANDARD_OUTPUT.write(bytes);
    }

    private static String write(ObjectMapper mapper, Object data) {
        try {
            return mapper.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + data.getClass(), e);
        }
    }
}
